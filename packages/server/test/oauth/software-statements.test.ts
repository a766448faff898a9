/** Software statements (RFC 7591 §2.3): what an issuer the operator trusts has signed overrules the client, when it registers and as long as it is registered. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { placeMigrated } from '@latchwork/store/test-engines'
import { newClientKey } from '../kit/assertion.ts'
import { goodJws, joseNegatives, jws } from '../kit/jose-negatives.ts'
import { type Answer, API, type Latchwork, refuses, startLatchwork, type Wishes } from '../kit/start-latchwork.ts'

const CALLBACK = 'https://app.example.test/cb'
const issuerKey = newClientKey('statements')
const statementIssuers = [{ issuer: 'https://directory.example', jwks: { keys: [issuerKey.jwk] } }]
const header = { alg: 'ES256', kid: 'statements' } as const

const started = (t: TestContext, registration: Readonly<Record<string, unknown>> = {}, more: Wishes['config'] = { statementIssuers }, data?: string) =>
  startLatchwork(t, {
    config: { registration: { mode: 'open', scopes: ['openid', 'notes:read'], audiences: [API], perAddressPerHour: 1000, ...registration }, ...more },
    ...(data === undefined ? {} : { data }),
  })
const register = (latchwork: Latchwork, body: unknown): Promise<Answer> => latchwork.call('POST', '/register', { body })
const own = (latchwork: Latchwork, method: string, { body }: Answer, change?: unknown): Promise<Answer> =>
  latchwork.call(method, new URL(body.registration_client_uri).pathname, {
    bearer: body.registration_access_token,
    ...(change === undefined ? {} : { body: change }),
  })
const claimsOf = (latchwork: Latchwork, more: Readonly<Record<string, unknown>> = {}) => {
  const now = Math.floor(latchwork.now() / 1000)
  return { iss: 'https://directory.example', aud: latchwork.issuer, iat: now, exp: now + 60, software_id: 'reader', client_name: 'Signed name', ...more }
}
const statementOf = (latchwork: Latchwork, more: Readonly<Record<string, unknown>> = {}, key = issuerKey) =>
  jws(header, claimsOf(latchwork, more), key.privateKey)

describe('software statements', () => {
  it('O15: overrule what the client says, and come back unmodified (RFC 7591 §2.3, §3.2.1)', async (t) => {
    const latchwork = await started(t, { requireStatement: true })
    const software_statement = statementOf(latchwork)
    const { status, body } = await register(latchwork, { client_name: 'Own name', redirect_uris: [CALLBACK], software_statement })
    assert.equal(status, 201, JSON.stringify(body))
    assert.deepEqual([body.client_name, body.software_id, body.software_statement], ['Signed name', 'reader', software_statement])
    refuses(await register(latchwork, { redirect_uris: [CALLBACK] }), 400, 'unapproved_software_statement')
  })

  for (const requireStatement of [true, false]) {
    it(`O15: stay with the registration: what GET returns can be PUT, also without them and when they have expired (RFC 7592 §2), ${requireStatement ? 'demanded' : 'not demanded'}`, async (t) => {
      const latchwork = await started(t, { requireStatement })
      const software_statement = statementOf(latchwork)
      const made = await register(latchwork, { redirect_uris: [CALLBACK], software_statement })
      for (const wait of [0, 3_600_000]) {
        latchwork.advance(wait)
        const { body: known } = await own(latchwork, 'GET', made)
        assert.equal(known.software_statement, software_statement)
        const again = await own(latchwork, 'PUT', made, known)
        assert.deepEqual([again.status, again.body], [200, known])
        const { software_statement: _, ...without } = known
        for (const left of [without, { ...without, software_statement: null }, { ...without, client_name: 'Own name' }]) {
          const kept = await own(latchwork, 'PUT', made, left)
          assert.deepEqual([kept.status, kept.body], [200, known], 'what is signed cannot be shaken off')
        }
      }
      refuses(await register(latchwork, { redirect_uris: [CALLBACK], software_statement }), 400, 'invalid_software_statement') // it has expired
    })
  }

  it('O15: another one is judged as at registration, and takes the place of the first', async (t) => {
    const latchwork = await started(t)
    const made = await register(latchwork, { redirect_uris: [CALLBACK], software_statement: statementOf(latchwork) })
    const base = { client_id: made.body.client_id, redirect_uris: [CALLBACK] }
    const put = (software_statement: unknown) => own(latchwork, 'PUT', made, { ...base, software_statement })
    refuses(await put(statementOf(latchwork, {}, newClientKey('statements'))), 400, 'invalid_software_statement')
    refuses(await put(statementOf(latchwork, { exp: Math.floor(latchwork.now() / 1000) - 60 })), 400, 'invalid_software_statement')
    refuses(await put(statementOf(latchwork, { iss: 'https://elsewhere.example' })), 400, 'unapproved_software_statement')
    refuses(await put(7), 400, 'invalid_software_statement')
    assert.equal((await own(latchwork, 'GET', made)).body.client_name, 'Signed name')
    const second = statementOf(latchwork, { client_name: 'Second name' })
    assert.deepEqual([(await put(second)).body.client_name, (await own(latchwork, 'GET', made)).body.software_statement], ['Second name', second])
    const bare = await register(latchwork, { redirect_uris: [CALLBACK] })
    const first = await own(latchwork, 'PUT', bare, { client_id: bare.body.client_id, redirect_uris: [CALLBACK], software_statement: second })
    assert.deepEqual([first.status, first.body.client_name], [200, 'Second name'], 'who registered without one may bring one')
  })

  it('O15: of an issuer that is trusted no more they hold nothing up, unless one is demanded', async (t) => {
    const data = await mkdtemp(join(tmpdir(), 'latchwork-statements-'))
    t.after(() => rm(data, { recursive: true, force: true }))
    placeMigrated(join(data, 'latchwork.db'))
    const before = await started(t, {}, undefined, data)
    const made = await register(before, { redirect_uris: [CALLBACK], software_statement: statementOf(before) })
    assert.equal(made.status, 201, JSON.stringify(made.body))
    await before.stop()
    const ownName = { client_id: made.body.client_id, redirect_uris: [CALLBACK], client_name: 'Own name' }
    const otherIssuers = [{ issuer: 'https://elsewhere.example', jwks: { keys: [issuerKey.jwk] } }]
    const demanding = await started(t, { requireStatement: true }, { statementIssuers: otherIssuers }, data)
    refuses(await own(demanding, 'PUT', made, ownName), 400, 'unapproved_software_statement')
    await demanding.stop()
    const open = await started(t, {}, { statementIssuers: otherIssuers }, data)
    refuses(await own(open, 'PUT', made, { ...ownName, software_statement: made.body.software_statement }), 400, 'unapproved_software_statement')
    const { status, body } = await own(open, 'PUT', made, ownName)
    assert.deepEqual([status, body.client_name, body.software_statement], [200, 'Own name', undefined])
  })

  it('O15 7.1: no member of that name sets one, and an operator can take it away', async (t) => {
    const latchwork = await started(t)
    const made = await register(latchwork, { redirect_uris: [CALLBACK], software_statement: statementOf(latchwork) })
    const change = { bearer: latchwork.rootKey, body: { settings: { softwareStatement: null } } }
    assert.equal((await latchwork.call('PATCH', `/v1/clients/${made.body.client_id}`, change)).status, 200)
    const ownName = { client_id: made.body.client_id, redirect_uris: [CALLBACK], client_name: 'Own name' }
    assert.equal((await own(latchwork, 'PUT', made, ownName)).body.client_name, 'Own name')
    const set = await register(latchwork, { redirect_uris: [CALLBACK], softwareStatement: 'a.b.c' })
    assert.deepEqual([set.status, set.body.software_statement], [201, undefined])
  })

  it('O15: the JOSE negative matrix', async (t) => {
    const latchwork = await started(t)
    const good = {
      header,
      claims: () => claimsOf(latchwork),
      privateKey: issuerKey.privateKey,
      trapUrl: 'http://127.0.0.1:1',
      mayLack: ['exp', 'jti'],
    } as const
    assert.equal((await register(latchwork, { redirect_uris: [CALLBACK], software_statement: goodJws(good) })).status, 201)
    for (const [title, software_statement] of Object.entries(joseNegatives(good))) {
      const { status, body } = await register(latchwork, { redirect_uris: [CALLBACK], software_statement })
      const isFine = title === 'a kid of 100 kB' ? status === 413 : status === 400 && /^(invalid|unapproved)_software_statement$/.test(body.error)
      assert.ok(isFine, `${title}: ${status} ${JSON.stringify(body)}`)
    }
  })
})
