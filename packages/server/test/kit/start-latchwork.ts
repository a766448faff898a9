/** A whole server for a test: real HTTP on a free port, a real store, a clock moved by hand, and what a test most often does with it. */

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { createHasher, hasherBounds } from '@latchwork/accounts'
import { issueRootKey, type Maker } from '@latchwork/api-keys'
import { digestOf } from '@latchwork/kernel'
import { type RunningServer, startServer } from '@latchwork/server'
import { loadConfig } from '@latchwork/server/config'
import { freePort } from '@latchwork/store/test-ports'
import { placeDataFolder, placeSigningKeys } from './data-folders.ts'
import { testSecret, testSecretKey } from './test-secret.ts'

export const API = 'https://api.example.test'
export const system: Maker = { kind: 'system', id: 'system', ceiling: 'unlimited', origin: {} }

export interface Latchwork {
  readonly issuer: string
  readonly server: RunningServer
  /** A root key of all scopes. */
  readonly rootKey: string
  /** Lines of the log so far. */
  readonly log: string[]
  /** Moves the clock. */
  readonly advance: (milliseconds: number) => void
  readonly now: () => number
  /** JSON API with a bearer. */
  readonly call: (
    method: string,
    path: string,
    options?: { readonly bearer?: string; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> },
  ) => Promise<Answer>
  /** Form POST to an OAuth endpoint. */
  readonly form: (path: string, fields: Readonly<Record<string, string>> | URLSearchParams, headers?: Readonly<Record<string, string>>) => Promise<Answer>
  readonly stop: () => Promise<void>
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: answers of any route
  readonly body: any
}

export interface Wishes {
  /** What is over is removed as in earnest, by a clock that believes a step ahead only once it has lasted; else by the clock that is moved by hand. */
  readonly settledRemoval?: true
  /** Database URL; a fresh SQLite file when absent. */
  readonly postgres?: string
  /** How long a call waits for a connection: long, because a hundred callers at once on a busy machine are no outage. */
  readonly waitSeconds?: number
  /** How far its clock is moved before it starts. */
  readonly aheadMs?: number
  /** Keeps this data folder; a fresh one is made and removed when absent. */
  readonly data?: string
  /** A free one when absent. */
  readonly port?: number
  /** More members of `http`. */
  readonly http?: Readonly<Record<string, unknown>>
  /** Members of the configuration file. */
  readonly config?: Readonly<Record<string, unknown>>
}

export const testClients = {
  web: {
    id: 'app',
    name: 'Acme Notes',
    redirectUris: ['http://127.0.0.1:9/callback'],
    grantTypes: ['authorization_code', 'refresh_token'],
    scopes: ['openid', 'profile', 'email', 'offline_access', 'notes:read', 'notes:write'],
    audiences: [API],
    authenticationMethod: 'client_secret_basic',
  },
  other: {
    id: 'other',
    name: 'Other',
    redirectUris: ['http://127.0.0.1:9/other'],
    grantTypes: ['authorization_code', 'refresh_token'],
    scopes: ['openid', 'notes:read'],
    audiences: [API],
    authenticationMethod: 'client_secret_post',
  },
  public: {
    id: 'cli-app',
    name: 'Acme CLI',
    redirectUris: ['http://127.0.0.1/cb'],
    applicationType: 'native',
    grantTypes: ['authorization_code', 'refresh_token'],
    scopes: ['openid', 'notes:read'],
    audiences: [API],
    authenticationMethod: 'none',
  },
  television: {
    id: 'tv',
    name: 'Acme Television',
    redirectUris: [],
    grantTypes: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
    scopes: ['openid', 'profile', 'offline_access', 'notes:read', 'notes:write'],
    audiences: [API],
    authenticationMethod: 'none',
  },
  machine: {
    id: 'machine',
    name: 'Nightly job',
    redirectUris: [],
    grantTypes: ['client_credentials'],
    scopes: ['notes:read', 'notes:write'],
    audiences: [API],
    authenticationMethod: 'client_secret_basic',
  },
} as const

/** The test clients as a configuration declares them. */
export const declaredClients = Object.values(testClients).map((client) =>
  client.authenticationMethod === 'none' ? client : { ...client, secretDigests: [digestOf(testSecret)] },
)

export async function startLatchwork(t: TestContext, wishes: Wishes = {}): Promise<Latchwork> {
  const data = wishes.data ?? (await mkdtemp(join(tmpdir(), 'latchwork-')))
  if (wishes.data === undefined && wishes.postgres === undefined) placeDataFolder(data)
  if (wishes.postgres !== undefined && wishes.config?.['secretKey'] === undefined) await placeSigningKeys(wishes.postgres)
  const port = wishes.port ?? (await freePort())
  const issuer = `http://localhost:${port}`
  const log: string[] = []
  let offset = wishes.aheadMs ?? 0
  const now = (): number => Date.now() + offset
  const config = await loadConfig({
    flags: {},
    env: {},
    cwd: data,
    given: {
      issuer,
      http: { port, host: 'localhost', ...wishes.http },
      data,
      demo: false,
      log: { level: 'debug', format: 'json' },
      apis: [
        {
          identifier: API,
          name: 'Notes',
          firstParty: true,
          scopes: [
            { name: 'notes:read', description: 'Read your notes' },
            { name: 'notes:write', description: 'Change your notes' },
          ],
        },
      ],
      accounts: [{ id: 'acc_test', name: 'Test' }],
      clients: declaredClients,
      ...(wishes.postgres === undefined ? {} : { database: { url: wishes.postgres, waitSeconds: wishes.waitSeconds ?? 30 }, secretKey: testSecretKey }),
      ...wishes.config,
    },
  })
  const server = await startServer(config, {
    clock: { now },
    hasher: createHasher(hasherBounds, { memory: 64, passes: 1, parallelism: 1 }), // what a password costs is no matter of most tests
    ...(wishes.settledRemoval === true ? {} : { removalClock: { now } }),
    log: { write: (line) => void log.push(line) },
  })
  const { secret } = await issueRootKey(server.installation.apiKeys, { name: 'test', scopes: ['*:*'] }, system, now())
  let stopped = false
  const stop = async (): Promise<void> => {
    if (stopped) return
    stopped = true
    await server.close()
  }
  t.after(async () => {
    await stop()
    if (wishes.data === undefined) await rm(data, { recursive: true, force: true })
  })
  const send = async (path: string, init: RequestInit): Promise<Answer> => {
    const response = await fetch(`${issuer}${path}`, { redirect: 'manual', ...init })
    const text = await response.text()
    const isJson = /json/.test(response.headers.get('content-type') ?? '')
    return { status: response.status, headers: response.headers, body: isJson && text !== '' ? JSON.parse(text) : text }
  }
  return {
    issuer,
    server,
    log,
    now,
    stop,
    rootKey: secret.reveal(),
    advance: (milliseconds) => {
      offset += milliseconds
    },
    call: (method, path, { bearer, body, headers } = {}) =>
      send(path, {
        method,
        headers: {
          ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
    form: (path, fields, headers = {}) =>
      send(path, { method: 'POST', body: fields instanceof URLSearchParams ? fields : new URLSearchParams(fields), headers }),
  }
}

/** A refusal at an OAuth endpoint or in problem+json: status, code, and a sentence that matches; and nothing that only the log may know. */
export function refuses(answer: Answer, status: number, code: string, sentence?: RegExp): void {
  assert.equal(answer.status, status, JSON.stringify(answer.body))
  assert.equal(answer.body.error ?? answer.body.code, code, JSON.stringify(answer.body))
  const detail: unknown = answer.body.error_description ?? answer.body.detail
  assert.equal(typeof detail, 'string')
  if (sentence !== undefined) assert.match(String(detail), sentence)
  assert.equal(answer.headers.get('cache-control'), 'no-store')
  assert.doesNotMatch(JSON.stringify(answer.body), /\.ts:\d+|at \S+ \(|SQLITE|postgres/i, 'no stack, no database to the outside')
}

export { freePort }
