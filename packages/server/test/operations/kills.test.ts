import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { digestOf, mintToken } from '@latchwork/kernel'
import { createDatabase, type EngineName, engineNames, type TestDatabase } from '@latchwork/store/test-engines'
import { password, refreshCookie } from '../kit/front-end.ts'
import { freePort } from '../kit/start-latchwork.ts'
import { testSecretKey } from '../kit/test-secret.ts'
import { until } from '../kit/until.ts'

const ROUNDS = 4
const WORKERS = 6
const rootKey = mintToken('root_key').reveal()

interface Answered {
  /** Texts of keys by id, of which the client was told that they were made. */
  readonly made: Map<string, string>
  /** Ids of keys of which the client was told that they were revoked. */
  readonly revoked: Set<string>
  /** The newest refresh token that each client was given, and whether it was waiting for the next when the server died. */
  readonly refreshTokens: Map<string, { readonly token: string; readonly isWaiting: boolean }>
}

async function startProcess(t: TestContext, database: TestDatabase, port: number): Promise<ChildProcess> {
  const { options } = database
  const store = options.engine === 'sqlite' ? { data: join(options.path, '..') } : { database: { url: options.url } }
  const config = {
    issuer: `http://localhost:${port}`,
    http: { port, host: 'localhost' },
    demo: false,
    secretKey: testSecretKey,
    log: { level: 'fatal', format: 'json' },
    accounts: [{ id: 'acc_test', name: 'Test' }],
    rootKeys: [{ digest: digestOf(rootKey), name: 'test', scopes: ['*:*'] }],
    ...store,
  }
  const child = fork(join(import.meta.dirname, 'server-process.ts'), { env: { ...process.env, LATCHWORK_TEST_CONFIG: JSON.stringify(config) }, execArgv: [] })
  t.after(() => child.kill('SIGKILL'))
  await Promise.race([once(child, 'message'), once(child, 'exit').then(() => assert.fail('the server did not start'))])
  return child
}

async function call(port: number, method: string, path: string, body?: object, headers: Readonly<Record<string, string>> = {}) {
  const json = body === undefined ? {} : { body: JSON.stringify(body) }
  const type: Readonly<Record<string, string>> = body === undefined ? {} : { 'content-type': 'application/json' }
  const response = await fetch(`http://localhost:${port}${path}`, { method, ...json, headers: { authorization: `Bearer ${rootKey}`, ...type, ...headers } })
  const text = await response.text()
  // biome-ignore lint/suspicious/noExplicitAny: answers of any route
  return { status: response.status, cookie: response.headers.getSetCookie().join(), body: (text === '' ? undefined : JSON.parse(text)) as any }
}

const refreshTokenIn = (cookie: string): string => new RegExp(`${refreshCookie}=([^;]+)`).exec(cookie)?.[1] ?? ''

/** Makes, rolls, revokes and refreshes until the server is gone; notes only what was answered. */
async function work(port: number, worker: number, answered: Answered, isOver: () => boolean): Promise<void> {
  const email = `worker${worker}@example.com`
  try {
    if (!answered.refreshTokens.has(email)) {
      await call(port, 'POST', '/v1/sessions/sign-up', { email, password })
      const { cookie } = await call(port, 'POST', '/v1/sessions/sign-in', { email, password })
      answered.refreshTokens.set(email, { token: refreshTokenIn(cookie), isWaiting: false })
    }
    while (!isOver()) {
      const made = await call(port, 'POST', '/v1/keys', { accountId: 'acc_test', kind: 'rk', name: `of worker ${worker}` })
      if (made.status === 201) answered.made.set(made.body.key.id, made.body.secret)
      const known = answered.refreshTokens.get(email)
      if (known !== undefined) {
        answered.refreshTokens.set(email, { ...known, isWaiting: true })
        const { status, cookie } = await call(port, 'POST', '/v1/sessions/refresh', undefined, { cookie: `${refreshCookie}=${known.token}`, authorization: '' })
        if (status === 200) answered.refreshTokens.set(email, { token: refreshTokenIn(cookie), isWaiting: false })
      }
      if (made.status === 201) {
        const rolled = await call(port, 'POST', `/v1/keys/${made.body.key.id}/roll`, { overlapSeconds: 60 })
        if (rolled.status === 201) {
          answered.made.set(rolled.body.key.id, rolled.body.secret)
          if ((await call(port, 'DELETE', `/v1/keys/${rolled.body.key.id}`)).status === 204) answered.revoked.add(rolled.body.key.id)
        }
      }
      if (made.status === 201 && (await call(port, 'DELETE', `/v1/keys/${made.body.key.id}`)).status === 204) answered.revoked.add(made.body.key.id)
    }
  } catch {
    // the server was killed: what was under way was not answered
  }
}

async function checkAnswered(port: number, answered: Answered): Promise<void> {
  for (const [id, credential] of answered.made) {
    const { body } = await call(port, 'POST', '/v1/verify', { credential })
    assert.equal(body.known, true, `the key ${id} was answered and is not there`)
    if (answered.revoked.has(id)) assert.equal(body.record.alive, false, `the key ${id} was answered as revoked and is alive`)
  }
  for (const [email, { token, isWaiting }] of answered.refreshTokens) {
    const { status, body, cookie } = await call(port, 'POST', '/v1/sessions/refresh', undefined, { cookie: `${refreshCookie}=${token}`, authorization: '' })
    if (isWaiting && status === 400) {
      assert.equal(body.code, 'refresh_replayed', 'the answer got lost with the server: the token was used, whole')
      answered.refreshTokens.delete(email)
    } else {
      assert.equal(status, 200, `a refresh token that was answered does not work: ${JSON.stringify(body)}`)
      answered.refreshTokens.set(email, { token: refreshTokenIn(cookie), isWaiting: false })
    }
  }
}

/** Each act with everything that belongs to it, or nothing of it. */
async function checkWhole(database: TestDatabase): Promise<void> {
  const count = async (sql: string): Promise<number> => Number(Object.values((await database.query(sql))[0] ?? {})[0])
  const same = async (what: string, one: string, other: string) => assert.equal(await count(one), await count(other), what)
  await same('keys and their events', 'select count(*) from api_keys', "select count(*) from events where type = 'key.created'")
  await same(
    'revoked keys and their events',
    'select count(*) from api_keys where revoked_at is not null',
    "select count(*) from events where type = 'key.revoked'",
  )
  await same(
    'rolled keys and their events',
    'select count(*) from api_keys where replaced_by is not null',
    "select count(*) from events where type = 'key.rolled'",
  )
  await same(
    'successors and the keys before them',
    'select count(*) from api_keys where replaced_by is not null',
    'select count(*) from api_keys where id in (select replaced_by from api_keys)',
  )
  await same(
    'revoked and rolled keys and their feed entries',
    'select (select count(*) from api_keys where revoked_at is not null) + (select count(*) from api_keys where replaced_by is not null)',
    "select count(*) from revocations where lifeline like 'key:%'",
  )
  const consumed = 'select count(*) from refresh_tokens where consumed_at is not null'
  await same('used refresh tokens and their events', consumed, "select count(*) from events where type = 'session.refreshed'")
  await same('used refresh tokens and their successors', consumed, 'select count(*) from refresh_tokens where generation > 0')
  await same('people and their accounts', 'select count(*) from users', "select count(*) from accounts where id <> 'acc_test'")
}

describe('a server killed at any moment', () => {
  for (const engine of engineNames) {
    it(`R2: what was answered is there after a restart without repair, and nothing is half-done (${engine})`, async (t) => {
      const database = await createDatabase(engine as EngineName)
      t.after(() => database.drop())
      const port = await freePort()
      const answered: Answered = { made: new Map(), revoked: new Set(), refreshTokens: new Map() }
      for (let round = 0; round < ROUNDS; round++) {
        const child = await startProcess(t, database, port)
        if (round > 0) await checkAnswered(port, answered)
        let over = false
        const workers = Array.from({ length: WORKERS }, (_, worker) => work(port, worker, answered, () => over))
        const mark = answered.made.size
        await until(() => answered.made.size >= mark + 5 + round * 13, 'keys were made', 60_000)
        const exit = once(child, 'exit')
        child.kill('SIGKILL')
        await exit
        over = true
        await Promise.all(workers)
      }
      await startProcess(t, database, port)
      await checkAnswered(port, answered)
      await checkWhole(database)
      const chain = async () => (await call(port, 'GET', '/v1/events/chain')).body
      await until(async () => (await chain()).unsealed.events === 0, 'all events are sealed')
      const { state, checked } = await chain()
      assert.equal(state, 'whole')
      assert.ok(checked.events >= answered.made.size + answered.revoked.size)
      assert.ok(answered.made.size >= 70 && answered.revoked.size > 40)
      t.diagnostic(`${answered.made.size} keys made, ${answered.revoked.size} revoked, ${ROUNDS} kills`)
    })
  }
})
