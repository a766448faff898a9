/**
 * The demo: an API and somebody else's application, each a process of its own beside the server, with credentials made anew at each start. They see their own settings and
 * nothing of the server's environment.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { digestOf, mintToken, type Secret } from '@latchwork/kernel'
import type { Config } from '@latchwork/server/config'
import { Failure } from '../failure.ts'
import { freePort } from './free-port.ts'

export const demoAccount = { id: 'acc_demo', name: 'Demo' } as const
const CLIENT_ID = 'demo-notes-printer'
const EXAMPLES = resolve(import.meta.dirname, '../../../../examples')
const READY_WITHIN_MS = 15_000
const ENDED_WITHIN_MS = 2_000

const scopes = [
  { name: 'notes:read', description: 'Read your notes' },
  { name: 'notes:write', description: 'Write notes for you' },
] as const

export interface Demo {
  /** The configuration with what the demo needs declared in it. */
  readonly config: Config
  readonly apiUrl: string
  readonly applicationUrl: string
  /** All scopes of the demo API. */
  readonly scopes: readonly string[]
  readonly apiPort: number
  readonly applicationPort: number
  readonly rootKey: Secret
  readonly clientSecret: Secret
}

export interface RunningDemo {
  /** Resolves when both have ended. */
  readonly stop: () => Promise<void>
}

/** Chooses ports beside the server's, mints what the two need, and declares it by digest. @throws Failure if the examples are not there. */
export async function prepareDemo(config: Config): Promise<Demo> {
  if (!existsSync(resolve(EXAMPLES, 'demo-api'))) throw new Failure('The demo is not part of this copy of Latchwork.', 'Start with --no-demo.')
  const { port } = config.http
  const apiPort = await freePort(port + 1, 'localhost', [port])
  const applicationPort = await freePort(port + 2, '127.0.0.1', [port, apiPort])
  const [rootKey, clientSecret] = [mintToken('root_key'), mintToken('client_secret')]
  const [apiUrl, applicationUrl] = [`http://localhost:${apiPort}`, `http://127.0.0.1:${applicationPort}`]
  const declared: Config = {
    ...config,
    accounts: [...config.accounts, demoAccount],
    apis: [...config.apis, { identifier: apiUrl, name: 'Notes', scopes, firstParty: true }],
    clients: [...config.clients, clientOf(apiUrl, applicationUrl, clientSecret)],
    rootKeys: [...config.rootKeys, { digest: digestOf(rootKey.reveal()), scopes: ['credentials:verify', 'revocations:read'], name: 'demo API' }],
  }
  return { config: declared, apiUrl, applicationUrl, scopes: scopes.map((scope) => scope.name), apiPort, applicationPort, rootKey, clientSecret }
}

function clientOf(apiUrl: string, applicationUrl: string, secret: Secret): Config['clients'][number] {
  return {
    id: CLIENT_ID,
    name: 'Notes Printer',
    redirectUris: [`${applicationUrl}/callback`],
    grantTypes: ['authorization_code', 'refresh_token'],
    scopes: ['openid', 'profile', 'email', 'notes:read', 'offline_access'],
    audiences: [apiUrl],
    authenticationMethod: 'client_secret_basic',
    secretDigests: [digestOf(secret.reveal())],
    applicationType: 'web',
    environment: 'live',
    homepage: applicationUrl,
    accountId: demoAccount.id,
  }
}

/** Starts both and waits until they listen. @param onTrouble hears of one that ended by itself. @throws Failure. */
export async function startDemo(demo: Demo, issuer: string, onTrouble: (message: string) => void): Promise<RunningDemo> {
  const children = [
    launch('demo-api', { LATCHWORK_ISSUER: issuer, LATCHWORK_ROOT_KEY: demo.rootKey.reveal(), PORT: String(demo.apiPort) }),
    launch('demo-app', {
      LATCHWORK_ISSUER: issuer,
      LATCHWORK_CLIENT_ID: CLIENT_ID,
      LATCHWORK_CLIENT_SECRET: demo.clientSecret.reveal(),
      DEMO_API_URL: demo.apiUrl,
      PORT: String(demo.applicationPort),
    }),
  ]
  let isStopping = false
  const stop = async () => {
    isStopping = true
    await Promise.all(children.map(end))
  }
  try {
    await Promise.all(children.map(untilReady))
  } catch (error) {
    await stop()
    throw error
  }
  for (const { name, process: child } of children) child.once('exit', () => isStopping || onTrouble(`${name} has ended; restart to have it back.`))
  return { stop }
}

interface Child {
  readonly name: string
  readonly process: ChildProcess
}

function launch(name: string, settings: Readonly<Record<string, string>>): Child {
  const env = { PATH: process.env['PATH'] ?? '', ...settings }
  return { name, process: fork(resolve(EXAMPLES, name, 'src/main.ts'), { env, execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }) }
}

function untilReady({ name, process: child }: Child): Promise<void> {
  const { promise, resolve: ready, reject } = Promise.withResolvers<void>()
  const fail = (why: string) => reject(new Failure(`${name} ${why}.`, 'Start without it: --no-demo.'))
  const timer = setTimeout(() => fail('was not ready in time'), READY_WITHIN_MS)
  child.once('error', (error) => fail(`could not be started (${error.message})`))
  child.once('exit', (code) => fail(`ended before it was ready (exit code ${code})`))
  child.on('message', (message) => (message as { readonly type?: string }).type === 'ready' && ready())
  return promise.finally(() => clearTimeout(timer))
}

/** They end with the channel to us, as they would if we were killed; one that does not is made to. */
async function end({ process: child }: Child): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  if (child.connected) child.disconnect()
  const timer = setTimeout(() => child.kill('SIGKILL'), ENDED_WITHIN_MS)
  await ended
  clearTimeout(timer)
}
