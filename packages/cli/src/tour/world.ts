/** What the tour walks through: a server on an empty database, a demo API that it protects, and root keys. All of it is gone when the tour ends. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { digestOf, mintToken, type Secret } from '@latchwork/kernel'
import { type RunningServer, startServer } from '@latchwork/server'
import { loadConfig } from '@latchwork/server/config'

export interface World {
  /** The issuer, which is the server's address. */
  readonly issuer: string
  /** The demo API's address, which is also its resource indicator. */
  readonly api: string
  /** May make accounts, keys and clients. */
  readonly rootKey: string
  readonly close: () => Promise<void>
}

const DEMO_API = join(import.meta.dirname, '../../../../examples/demo-api/src/main.ts')
const API_DEADLINE_MS = 5000

export async function openWorld(): Promise<World> {
  const data = mkdtempSync(join(tmpdir(), 'latchwork-tour-'))
  const clean = () => rmSync(data, { recursive: true, force: true })
  process.once('exit', clean) // also when the output was cut off (`| head`)
  const closers: (() => Promise<void> | void)[] = [clean, () => void process.off('exit', clean)]
  const close = async () => {
    for (const end of closers.toReversed()) await end()
  }
  try {
    const [port, apiPort] = await freePorts(2)
    const api = `http://localhost:${apiPort}`
    const [rootKey, apiKey] = [mintToken('root_key'), mintToken('root_key')]
    const server = await startTourServer(data, port ?? 0, api, rootKey, apiKey)
    closers.push(() => server.close())
    const child = await startDemoApi(server.issuer, apiKey, apiPort ?? 0)
    closers.push(() => end(child))
    return { issuer: server.issuer, api, rootKey: rootKey.reveal(), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function startTourServer(data: string, port: number, api: string, rootKey: Secret, apiKey: Secret): Promise<RunningServer> {
  const config = await loadConfig({
    given: {
      data,
      http: { port },
      demo: false,
      signUp: { open: true },
      log: { level: 'error' },
      apis: [
        {
          identifier: api,
          name: 'Notes',
          firstParty: true,
          scopes: [
            { name: 'notes:read', description: 'Read your notes' },
            { name: 'notes:write', description: 'Write notes for you' },
          ],
        },
      ],
      rootKeys: [
        { name: 'operator', digest: digestOf(rootKey.reveal()), scopes: ['keys:write', 'clients:write'] },
        { name: 'notes API', digest: digestOf(apiKey.reveal()), scopes: ['credentials:verify', 'revocations:read'] },
      ],
    },
  })
  return startServer(config)
}

/** A process of its own, as an API is: it knows of the server what `@latchwork/verify` tells it. */
async function startDemoApi(issuer: string, rootKey: Secret, port: number): Promise<ChildProcess> {
  const env = { ...process.env, LATCHWORK_ISSUER: issuer, LATCHWORK_ROOT_KEY: rootKey.reveal(), PORT: String(port) }
  const child = fork(DEMO_API, { env, execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const deadline = AbortSignal.timeout(API_DEADLINE_MS)
  try {
    await Promise.race([
      once(child, 'message', { signal: deadline }),
      once(child, 'exit', { signal: deadline }).then(([code]) => Promise.reject(new Error(`the demo API ended with code ${code}`))),
    ])
    return child
  } catch (error) {
    await end(child)
    throw error
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

/** Ports that were free a moment ago: the issuer is made of the port, so it must be known before the server listens. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, 'localhost'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}
