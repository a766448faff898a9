/** Latchwork under measurement: the command a user runs, on its embedded database, with one API, one client, one person and a root key declared. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { digestOf, mintToken } from '../../packages/kernel/src/index.ts'
import type { Bench } from './contest.ts'
import { HttpConnection } from './load/http-connection.ts'
import { jsonRequest, requestText } from './load/request.ts'
import { type Subject, subjectOf } from './subject.ts'

export interface Latchwork {
  readonly subject: Subject
  readonly origin: string
  readonly rootKey: string
  readonly accountId: string
  readonly client: { readonly id: string; readonly secret: string; readonly redirectUri: string }
  readonly api: string
  /** Whose access tokens are signed (ES256). */
  readonly jwtApi: string
  readonly scope: string
  readonly millisecondsToReady: number
}

const COMMAND = join(import.meta.dirname, '../../packages/cli/bin/latchwork.mjs')
const START_DEADLINE_MS = 30_000
const ACCOUNT_ID = 'acc_bench'
const CLIENT_ID = 'bench'
const REDIRECT_URI = 'http://127.0.0.1:9/callback'
const API = 'http://127.0.0.1:9/notes'
const JWT_API = 'http://127.0.0.1:9/signed-notes'
const SCOPE = 'notes:read'

const running = new WeakMap<Bench, Promise<Latchwork>>()

/** The one server of a run, shared by the contests. */
export function latchworkOf(bench: Bench): Promise<Latchwork> {
  const known = running.get(bench) ?? start(bench)
  running.set(bench, known)
  return known
}

async function start(bench: Bench): Promise<Latchwork> {
  const latchwork = await startLatchwork(join(bench.folder, 'latchwork'))
  bench.atEnd(() => latchwork.subject.close())
  return latchwork
}

/** Starts a server on its data folder, made new or used again. */
export async function startLatchwork(folder: string, installation = newInstallation(folder)): Promise<Latchwork> {
  const port = await freePort()
  const origin = `http://localhost:${port}`
  const before = performance.now()
  const child = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      COMMAND,
      'start',
      '--port',
      String(port),
      '--data',
      folder,
      '--config',
      installation.configFile,
      '--log-level',
      'warn',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'], cwd: folder },
  )
  await untilReady(child, origin)
  const millisecondsToReady = performance.now() - before
  return { subject: subjectOf('latchwork', child, { type: 'ready', origin }), origin, millisecondsToReady, ...installation }
}

/** What is declared, and the secrets to it. */
export type Installation = Pick<Latchwork, 'rootKey' | 'accountId' | 'client' | 'api' | 'jwtApi' | 'scope'> & { readonly configFile: string }

export function newInstallation(folder: string): Installation {
  mkdirSync(folder, { recursive: true })
  const rootKey = mintToken('root_key').reveal()
  const secret = mintToken('client_secret').reveal()
  const configuration = {
    demo: false,
    signUp: { open: true },
    keys: { maxPerAccount: 100_000 }, // keys are minted as fast as they can be
    apis: [
      { identifier: API, name: 'Notes', firstParty: true, scopes: [{ name: SCOPE, description: 'Read your notes' }] },
      { identifier: JWT_API, name: 'Signed notes', tokenFormat: 'jwt', scopes: [{ name: SCOPE, description: 'Read your notes' }] },
    ],
    accounts: [{ id: ACCOUNT_ID, name: 'Bench' }],
    rootKeys: [{ name: 'bench', digest: digestOf(rootKey), scopes: ['*:*'] }],
    clients: [
      {
        id: CLIENT_ID,
        name: 'Bench',
        redirectUris: [REDIRECT_URI],
        grantTypes: ['authorization_code', 'refresh_token', 'client_credentials', 'urn:ietf:params:oauth:grant-type:device_code'],
        scopes: ['openid', 'offline_access', SCOPE],
        audiences: [API, JWT_API],
        accountId: ACCOUNT_ID,
        secretDigests: [digestOf(secret)],
      },
    ],
  }
  const configFile = join(folder, 'latchwork.config.json')
  writeFileSync(configFile, JSON.stringify(configuration, null, 2))
  return { configFile, rootKey, accountId: ACCOUNT_ID, client: { id: CLIENT_ID, secret, redirectUri: REDIRECT_URI }, api: API, jwtApi: JWT_API, scope: SCOPE }
}

export function rootHeaders({ rootKey }: Latchwork): Readonly<Record<string, string>> {
  return { authorization: `Bearer ${rootKey}` }
}

/** An API key with the bench's scope. */
export async function mintApiKey(latchwork: Latchwork, terms: object = {}): Promise<string> {
  const connection = new HttpConnection(latchwork.origin)
  const answer = await connection.send(jsonRequest(latchwork.origin, '/v1/keys', { ...keyRequest(latchwork), ...terms }, rootHeaders(latchwork)))
  connection.close()
  if (answer.status !== 201) throw new Error(`no key was made: ${answer.status} ${answer.body}`)
  return (JSON.parse(answer.body) as { secret: string }).secret
}

/** Restricted keys, of which an account may have many. */
export function keyRequest({ accountId, scope }: Latchwork): object {
  return { accountId, kind: 'rk', environment: 'live', name: 'bench', scopes: [scope] }
}

async function untilReady(child: ChildProcess, origin: string): Promise<void> {
  const deadline = performance.now() + START_DEADLINE_MS
  let ended = false
  void once(child, 'exit').then(() => {
    ended = true
  })
  while (performance.now() < deadline && !ended) {
    const connection = new HttpConnection(origin)
    const status = await connection.send(requestText({ method: 'GET', origin, path: '/health/ready' })).then(
      (answer) => answer.status,
      () => 0,
    )
    connection.close()
    if (status === 200) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  child.kill('SIGKILL')
  throw new Error(ended ? 'latchwork ended before it was ready' : 'latchwork was not ready in time')
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
