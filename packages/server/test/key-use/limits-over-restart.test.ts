/** Rate limits of keys over the end of a server: stopped, and killed. */
import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { digestOf, mintToken } from '@latchwork/kernel'
import { createDatabase, engineNames } from '@latchwork/store/test-engines'
import { freePort, startLatchwork, type Wishes } from '../kit/start-latchwork.ts'
import { testSecretKey } from '../kit/test-secret.ts'
import { until } from '../kit/until.ts'

const DAY_SECONDS = 86_400
const rootKey = mintToken('root_key').reveal()

/** The same place for one server after another. */
async function placeFor(t: TestContext, engine: string): Promise<Wishes> {
  if (engine === 'sqlite') {
    const data = await mkdtemp(join(tmpdir(), 'latchwork-limits-'))
    t.after(() => rm(data, { recursive: true, force: true }))
    return { data }
  }
  const database = await createDatabase('postgres')
  t.after(() => database.drop())
  return database.options.engine === 'postgres' ? { postgres: database.options.url } : {}
}

for (const engine of engineNames) {
  it(`K9: a limit of a day is not begun anew by a restart (${engine})`, async (t) => {
    const place = await placeFor(t, engine)
    const first = await startLatchwork(t, place)
    const limits = [{ name: 'daily', count: 3, periodSeconds: DAY_SECONDS }]
    const made = await first.call('POST', '/v1/keys', {
      bearer: first.rootKey,
      body: { accountId: 'acc_test', kind: 'rk', name: 'limited', scopes: [], limits },
    })
    assert.equal(made.status, 201, JSON.stringify(made.body))
    const verify = async (latchwork: typeof first) =>
      (await latchwork.call('POST', '/v1/keys/verify', { bearer: latchwork.rootKey, body: { key: made.body.secret } })).body
    assert.equal((await verify(first)).code, 'VALID')
    assert.equal((await verify(first)).code, 'VALID')
    await first.stop()
    const second = await startLatchwork(t, place)
    const third = await verify(second)
    assert.deepEqual([third.code, third.limits[0].remaining], ['VALID', 0])
    await second.stop()
    const last = await startLatchwork(t, place)
    const refused = await verify(last)
    assert.equal(refused.code, 'RATE_LIMITED')
    assert.ok(refused.retryAfterSeconds > DAY_SECONDS / 3 - 120 && refused.retryAfterSeconds <= DAY_SECONDS / 3, refused.retryAfterSeconds)
    last.advance((DAY_SECONDS * 1000) / 3)
    if (engine === 'sqlite') assert.equal((await verify(last)).code, 'VALID') // PostgreSQL has a clock of its own
  })
}

it('K9: while the server runs, what is used is written within a second, and rows of limits that have rested are removed', async (t) => {
  const database = await createDatabase('sqlite')
  t.after(() => database.drop())
  assert.ok(database.options.engine === 'sqlite')
  const latchwork = await startLatchwork(t, { data: join(database.options.path, '..') })
  const limits = [{ name: 'hourly', count: 10, periodSeconds: 3600 }]
  const body = { accountId: 'acc_test', kind: 'rk', name: 'limited', scopes: [], limits }
  const made = await latchwork.call('POST', '/v1/keys', { bearer: latchwork.rootKey, body })
  await latchwork.call('POST', '/v1/keys/verify', { bearer: latchwork.rootKey, body: { key: made.body.secret } })
  const rows = async (): Promise<number> => Number((await database.query('select count(*) as n from limit_states'))[0]?.['n'])
  await until(async () => (await rows()) === 1, 'it is written')
  latchwork.advance(3_600_000)
  await latchwork.server.installation.keyChores.run()
  await until(async () => (await rows()) === 0, 'it is removed')
})

describe('a server that is killed (sqlite)', () => {
  it('K9 R2: forgets at most about the last second of what limits counted, and makes up nothing', async (t) => {
    const { data = '' } = await placeFor(t, 'sqlite')
    const port = await freePort()
    const child = await startProcess(t, data, port)
    const limits = [{ name: 'daily', count: 1_000_000, periodSeconds: DAY_SECONDS }]
    const made = await call(port, '/v1/keys', { accountId: 'acc_test', kind: 'rk', name: 'limited', scopes: [], limits })
    const key = made.body.secret as string
    let [asked, answered] = [0, 0]
    const byTime: { readonly at: number; readonly answered: number }[] = []
    let isOver = false
    const work = async (): Promise<void> => {
      while (!isOver) {
        asked++
        const { body } = await call(port, '/v1/keys/verify', { key }).catch(() => ({ body: undefined }))
        if (body?.code !== 'VALID') return
        byTime.push({ at: Date.now(), answered: ++answered })
      }
    }
    const workers = Array.from({ length: 4 }, work)
    await until(async () => byTime.length > 0 && Date.now() - (byTime[0]?.at ?? 0) > 3500, 'it has worked for a while')
    const exit = once(child, 'exit')
    const diedAt = Date.now()
    child.kill('SIGKILL')
    isOver = true
    await exit
    await Promise.all(workers)
    await startProcess(t, data, port)
    const { body } = await call(port, '/v1/keys/verify', { key, limits: [{ name: 'daily', cost: 0 }] })
    const counted = 1_000_000 - body.limits[0].remaining
    const back = Math.ceil(((Date.now() - (byTime[0]?.at ?? 0)) * 1_000_000) / (DAY_SECONDS * 1000)) // what time has given back since
    const early = byTime.findLast(({ at }) => at <= diedAt - 2000)?.answered ?? 0 // a second for a machine that is busy
    assert.ok(early > 50, `${early}`)
    assert.ok(counted >= early - back, `${counted} counted, ${early} answered in good time, ${answered} in all`)
    assert.ok(counted <= asked)
    t.diagnostic(`${answered} answered, ${counted} counted, ${early} before the last two seconds, up to ${back} back`)
  })
})

async function startProcess(t: TestContext, data: string, port: number): Promise<ChildProcess> {
  const config = {
    issuer: `http://localhost:${port}`,
    http: { port, host: 'localhost' },
    demo: false,
    data,
    secretKey: testSecretKey,
    log: { level: 'fatal', format: 'json' },
    accounts: [{ id: 'acc_test', name: 'Test' }],
    rootKeys: [{ digest: digestOf(rootKey), name: 'test', scopes: ['*:*'] }],
  }
  const file = join(import.meta.dirname, '..', 'operations', 'server-process.ts')
  const child = fork(file, { env: { ...process.env, LATCHWORK_TEST_CONFIG: JSON.stringify(config) }, execArgv: [] })
  t.after(() => child.kill('SIGKILL'))
  await Promise.race([once(child, 'message'), once(child, 'exit').then(() => assert.fail('the server did not start'))])
  return child
}

async function call(port: number, path: string, body: object) {
  const headers = { authorization: `Bearer ${rootKey}`, 'content-type': 'application/json' }
  const response = await fetch(`http://localhost:${port}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  // biome-ignore lint/suspicious/noExplicitAny: answers of any route
  return { status: response.status, body: (await response.json()) as any }
}
