import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { describe, it } from 'node:test'
import { mintKey, mintToken } from '@latchwork/kernel'
import { createDatabase } from '@latchwork/store/test-engines'
import { startProxy } from '@latchwork/store/test-proxy'
import { password, refreshCookie, register, signInDevice } from '../kit/front-end.ts'
import { type Answer, type Latchwork, startLatchwork } from '../kit/start-latchwork.ts'
import { until } from '../kit/until.ts'

interface Attempts {
  readonly [what: string]: () => Promise<Answer>
}

/** Whatever needs the store: each must say so, and nothing else. */
async function attemptsAt(latchwork: Latchwork): Promise<Attempts> {
  const { rootKey: bearer } = latchwork
  const email = await register(latchwork)
  const device = await signInDevice(latchwork, email)
  const other = (await latchwork.call('POST', '/v1/root-keys', { bearer, body: { name: 'not seen yet', scopes: ['*:*'] } })).body.secret
  const page = await device.browser.open(`${latchwork.issuer}/login`)
  const cookie = [...device.browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const formToken = /name="form_token" value="([^"]+)"/.exec(page.text)?.[1] ?? ''
  return {
    'a root key that is cached': () => latchwork.call('POST', '/v1/verify', { bearer, body: { credential: 'needs no store' } }),
    'a root key that is not': () => latchwork.call('GET', '/v1/keys', { bearer: other }),
    'an unknown root key': () => latchwork.call('GET', '/v1/keys', { bearer: mintToken('root_key').reveal() }),
    'an unknown API key': () => latchwork.call('GET', '/userinfo', { bearer: mintKey('sk', 'live', 'lw').reveal() }),
    'an unknown access token': () => latchwork.call('GET', '/userinfo', { bearer: mintToken('access_token').reveal() }),
    'a look-up': () => latchwork.call('POST', '/v1/verify', { bearer: other, body: { credential: mintKey('sk', 'live', 'lw').reveal() } }),
    'a new key': () => latchwork.call('POST', '/v1/keys', { bearer, body: { accountId: 'acc_test', name: 'x' } }),
    'the feed': () => latchwork.call('GET', '/v1/revocations', { bearer: other }),
    'a sign-in': () => latchwork.call('POST', '/v1/sessions/sign-in', { body: { email, password } }),
    'a sign-in with a wrong password': () => latchwork.call('POST', '/v1/sessions/sign-in', { body: { email, password: 'wrong wrong wrong' } }),
    'a sign-up': () => latchwork.call('POST', '/v1/sessions/sign-up', { body: { email: 'new@example.com', password } }),
    'a refresh': () => latchwork.call('POST', '/v1/sessions/refresh', { headers: { cookie } }),
    'a sign-out': () => latchwork.call('POST', '/v1/sessions/sign-out', { headers: { cookie } }),
    'the account page': () => latchwork.call('GET', '/account', { headers: { cookie } }),
    'the sign-in form': () => latchwork.form('/login', { form_token: formToken, email, password }, { cookie, origin: latchwork.issuer }),
    readiness: () => latchwork.call('GET', '/health/ready'),
  }
}

function saysAway(what: string, answer: Answer): void {
  assert.equal(answer.status, 503, `${what}: ${answer.status} ${JSON.stringify(answer.body)}`)
  assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/, what)
  assert.deepEqual(answer.headers.getSetCookie(), [], `${what}: no cookie is set or taken away`)
  assert.equal(answer.headers.get('www-authenticate'), null, `${what}: no credential is said to be wrong`)
  assert.doesNotMatch(JSON.stringify(answer.body), /ECONN|postgres|sqlite|127\.0\.0\.1/i, what)
}

describe('PostgreSQL goes away and comes back', () => {
  it('R3 8.8: every check answers 503 with Retry-After, never 401 and never 200; then all works again by itself, nothing was changed', async (t) => {
    const database = await createDatabase('postgres')
    assert.ok(database.options.engine === 'postgres')
    const proxy = await startProxy(database.options.url)
    const latchwork = await startLatchwork(t, { postgres: proxy.url, waitSeconds: 2 })
    t.after(async () => {
      await proxy.close()
      await database.drop()
    })
    const attempts = await attemptsAt(latchwork)
    const people = async () => (await database.query('select count(*)::int as n from users'))[0]?.['n']
    const before = await people()
    await proxy.cut()
    // What is cached is trusted for five seconds without the feed (design, decision 21): after that it is looked up again.
    await until(async () => (await attempts['a root key that is cached']?.())?.status === 503, 'the cache is no longer trusted', 15_000)
    for (const [what, attempt] of Object.entries(attempts)) saysAway(what, await attempt())
    for (const [what, path] of [
      ['liveness', '/health/live'],
      ['keys', '/jwks'],
      ['metadata', '/.well-known/openid-configuration'],
    ] as const)
      assert.equal((await latchwork.call('GET', path)).status, 200, `${what} needs no store`)
    await proxy.restore()
    await until(async () => (await latchwork.call('GET', '/health/ready')).status === 200, 'ready again')
    assert.equal(await people(), before, 'no one was signed up meanwhile')
    await until(async () => (await attempts['a root key that is cached']?.())?.status === 200, 'root keys work')
    assert.equal((await attempts['an unknown root key']?.())?.status, 401)
    assert.equal((await attempts['a sign-in']?.())?.status, 200)
    assert.equal((await attempts['a refresh']?.())?.status, 200, 'the refresh token was not used up')
    const troubles = latchwork.log.filter((line) => /"level":50/.test(line))
    assert.ok(troubles.length > 0, 'the log says what is wrong')
    assert.ok(await latchwork.server.installation.refusals.flush())
    const refused = (await latchwork.call('GET', '/v1/events?type=request.refused&limit=100', { bearer: latchwork.rootKey })).body.items
    assert.ok(
      refused.some((event: { reason: string }) => event.reason === 'store_unavailable'),
      'what waited in memory was written',
    )
  })

  it('R3 K10: cached credentials go on for at most the grace of five seconds, and what was revoked meanwhile elsewhere is refused once it is over', async (t) => {
    const database = await createDatabase('postgres')
    assert.ok(database.options.engine === 'postgres')
    const proxy = await startProxy(database.options.url)
    const cutOff = await startLatchwork(t, { postgres: proxy.url, waitSeconds: 2 })
    const other = await startLatchwork(t, { postgres: database.options.url, config: { issuer: cutOff.issuer } })
    t.after(async () => {
      await proxy.close()
      await database.drop()
    })
    const made = (await other.call('POST', '/v1/root-keys', { bearer: other.rootKey, body: { name: 'x', scopes: ['credentials:verify'] } })).body
    const ask = async () => (await cutOff.call('POST', '/v1/verify', { bearer: made.secret, body: { credential: 'needs no store' } })).status
    assert.equal(await ask(), 200)
    await proxy.cut()
    const began = performance.now()
    assert.equal((await other.call('DELETE', `/v1/root-keys/${made.rootKey.id}`, { bearer: other.rootKey })).status, 204)
    await until(async () => (await ask()) === 503, 'refused', 15_000)
    const took = performance.now() - began
    assert.ok(took > 3000 && took < 8000, `${took} ms`)
    await proxy.restore()
    await until(async () => (await ask()) === 401, 'known to be revoked')
  })
})

describe('an older state of PostgreSQL takes its place', () => {
  it('K10 R3: what was revoked last is as it was then, and what is revoked from then on is refused at once, under numbers of the feed that were used before', async (t) => {
    const database = await createDatabase('postgres')
    assert.ok(database.options.engine === 'postgres')
    const latchwork = await startLatchwork(t, { postgres: database.options.url })
    t.after(() => database.drop())
    const { rootKey: bearer } = latchwork
    const makeKey = async () => (await latchwork.call('POST', '/v1/keys', { bearer, body: { accountId: 'acc_test', kind: 'rk', name: 'x' } })).body
    const isAlive = async (key: string) => (await latchwork.call('POST', '/v1/verify', { bearer, body: { credential: key } })).body.record.alive
    const revoke = async (id: string) => assert.equal((await latchwork.call('DELETE', `/v1/keys/${id}`, { bearer })).status, 204)
    const [kept, lost, later] = [await makeKey(), await makeKey(), await makeKey()]
    await revoke(kept.key.id)
    await database.query('create table feed_before as select * from revocations; create table keys_before as select id, revoked_at from api_keys')
    for (const made of [lost, await makeKey(), await makeKey()]) await revoke(made.key.id)
    assert.deepEqual([await isAlive(kept.secret), await isAlive(lost.secret), await isAlive(later.secret)], [false, false, true])
    await database.query(`
      update api_keys set revoked_at = b.revoked_at from keys_before b where b.id = api_keys.id;
      delete from revocations where feed_id not in (select feed_id from feed_before);
      select setval(pg_get_serial_sequence('revocations', 'feed_id'), (select max(feed_id) from revocations))`)
    assert.equal(await isAlive(later.secret), true)
    await revoke(later.key.id)
    assert.deepEqual([await isAlive(kept.secret), await isAlive(later.secret)], [false, false])
    assert.equal(await isAlive(lost.secret), true, 'as the database has it')
  })
})

/** Every table refuses what is written with the code of a full disk. */
const REFUSE_WRITES = `
  create function refuse_writes() returns trigger language plpgsql as $$ begin raise exception 'no space left' using errcode = 'disk_full'; end $$;
  do $$ declare name text; begin
    for name in select tablename from pg_tables where schemaname = 'public' loop
      execute format('create trigger refuse_writes before insert or update on %I for each row execute function refuse_writes()', name);
    end loop;
  end $$`

describe('PostgreSQL takes no writes', () => {
  it('R3: what is there is verified, every change is answered 503, and whoever watches is told', async (t) => {
    const database = await createDatabase('postgres')
    assert.ok(database.options.engine === 'postgres')
    const latchwork = await startLatchwork(t, { postgres: database.options.url })
    t.after(() => database.drop())
    const { rootKey: bearer } = latchwork
    const makeKey = () => latchwork.call('POST', '/v1/keys', { bearer, body: { accountId: 'acc_test', kind: 'rk', name: 'x' } })
    const { secret } = (await makeKey()).body
    await database.query(REFUSE_WRITES)
    await until(async () => (await latchwork.call('GET', '/health/writable')).status === 503, 'told', 10_000)
    const ready = await latchwork.call('GET', '/health/ready')
    assert.deepEqual([ready.status, ready.body], [200, { status: 'ready', writes: 'failing' }])
    saysAway('a new key', await makeKey())
    const known = await latchwork.call('POST', '/v1/verify', { bearer, body: { credential: secret } })
    assert.deepEqual([known.status, known.body.record?.alive], [200, true])
    await database.query('drop function refuse_writes cascade')
    await until(async () => (await latchwork.call('GET', '/health/writable')).status === 200, 'writable again', 10_000)
    assert.equal((await makeKey()).status, 201)
    assert.equal(latchwork.log.filter((line) => line.includes('nothing can be written')).length, 1, 'said once')
  })
})

describe('the SQLite file cannot be written', () => {
  it('R3 R2: held by another process: acts 503, reads go on, nothing half-done; free again: all works', async (t) => {
    const latchwork = await startLatchwork(t)
    const device = await signInDevice(latchwork)
    const { database } = latchwork.server.installation.config
    assert.ok(database.engine === 'sqlite')
    const { rootKey: bearer } = latchwork
    const token = device.refreshToken()
    const blocker = new DatabaseSync(database.file)
    blocker.exec('begin immediate')
    const acts: Attempts = {
      'a new key': () => latchwork.call('POST', '/v1/keys', { bearer, body: { accountId: 'acc_test', name: 'x' } }),
      'a refresh': () => latchwork.call('POST', '/v1/sessions/refresh', { headers: { cookie: `${refreshCookie}=${token}` } }),
      'a sign-in': () => latchwork.call('POST', '/v1/sessions/sign-in', { body: { email: device.email, password } }),
    }
    for (const [what, act] of Object.entries(acts)) saysAway(what, await act())
    assert.equal((await latchwork.call('GET', '/v1/keys', { bearer })).body.items.length, 0)
    blocker.exec('rollback')
    blocker.close()
    assert.equal((await acts['a refresh']?.())?.status, 200)
    assert.equal((await acts['a new key']?.())?.status, 201)
    assert.equal((await latchwork.call('GET', '/v1/keys', { bearer })).body.items.length, 1)
  })
})
