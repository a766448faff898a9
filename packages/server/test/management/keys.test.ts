import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { newId, positionOf, positionText } from '@latchwork/kernel'
import { onEachEngine, shared } from '../kit/shared.ts'
import { type Answer, type Latchwork, refuses, startLatchwork } from '../kit/start-latchwork.ts'

const root = (latchwork: Latchwork, method: string, path: string, body?: unknown): Promise<Answer> =>
  latchwork.call(method, path, { bearer: latchwork.rootKey, ...(body === undefined ? {} : { body }) })

async function newAccount(latchwork: Latchwork): Promise<string> {
  const answer = await root(latchwork, 'POST', '/v1/accounts', { name: 'Acme' })
  assert.equal(answer.status, 201, JSON.stringify(answer.body))
  return answer.body.id
}

const mint = (latchwork: Latchwork, accountId: string, more: object = {}): Promise<Answer> =>
  root(latchwork, 'POST', '/v1/keys', { accountId, name: 'Nightly export', ...more })

const verify = async (latchwork: Latchwork, credential: string) => (await root(latchwork, 'POST', '/v1/verify', { credential })).body

onEachEngine('API keys over HTTP', (rigOf) => {
  it('K2 K4 K12: made and shown once; no later answer, event or log line holds it or its digest', async () => {
    const latchwork = rigOf()
    const accountId = await newAccount(latchwork)
    const made = await mint(latchwork, accountId, { scopes: ['notes:read'], environment: 'test', kind: 'rk' })
    assert.equal(made.status, 201)
    assert.equal(made.headers.get('cache-control'), 'no-store')
    const { key, secret } = made.body
    assert.match(secret, /^rk_test_lw_[0-9A-Za-z]{49}$/)
    assert.equal(key.fingerprint, `${secret.slice(0, 8)}…${secret.slice(-4)}`)
    const later = [`/v1/keys/${key.id}`, `/v1/keys?accountId=${accountId}`, `/v1/events?credentialId=${key.id}`, '/v1/events?limit=100']
    const texts = await Promise.all(later.map(async (path) => JSON.stringify((await root(latchwork, 'GET', path)).body)))
    for (const text of [...texts, latchwork.log.join('')]) for (let at = 0; at + 13 <= secret.length; at++) assert.ok(!text.includes(secret.slice(at, at + 13)))
    const { digestOf } = await import('@latchwork/kernel')
    for (const text of texts) assert.ok(!text.includes(digestOf(secret)), 'nor its digest')
    assert.deepEqual(await root(latchwork, 'GET', `/v1/keys/${key.id}`).then(({ body }) => body), key)
    const [event] = (await root(latchwork, 'GET', `/v1/events?credentialId=${key.id}`)).body.items
    assert.deepEqual(
      [event.type, event.accountId, event.fingerprint, event.actor.kind, event.data],
      ['key.created', accountId, key.fingerprint, 'root_key', { kind: 'rk', environment: 'test', scopes: 'notes:read' }],
    )
  })

  it('K6: two secret keys per account and environment, one of them primary; the third is refused with what to do', async () => {
    const latchwork = rigOf()
    const accountId = await newAccount(latchwork)
    const first = await mint(latchwork, accountId)
    const second = await mint(latchwork, accountId)
    assert.deepEqual(
      [first, second].map(({ body }) => body.key.isPrimary),
      [true, false],
    )
    refuses(await mint(latchwork, accountId), 409, 'key_slots_taken', /two active secret keys per environment.*[Rr]evoke one/)
    assert.equal((await mint(latchwork, accountId, { environment: 'test' })).status, 201, 'the other environment has places of its own')
    assert.equal((await mint(latchwork, accountId, { kind: 'rk' })).status, 201, 'restricted keys take none')
    assert.equal((await root(latchwork, 'DELETE', `/v1/keys/${first.body.key.id}`)).status, 204)
    assert.equal((await root(latchwork, 'GET', `/v1/keys/${second.body.key.id}`)).body.isPrimary, true)
    const third = await mint(latchwork, accountId)
    assert.deepEqual([third.status, third.body.key.isPrimary], [201, false])
    const { items } = (await root(latchwork, 'GET', `/v1/keys?accountId=${accountId}&environment=live`)).body
    assert.equal(items.filter((key: { kind: string; revokedAt?: string }) => key.kind === 'sk' && key.revokedAt === undefined).length, 2)
  })

  it('K6 R1: 100 parallel mints for one account: exactly two', async () => {
    const latchwork = rigOf()
    const accountId = await newAccount(latchwork)
    const answers = await Promise.all(Array.from({ length: 100 }, () => mint(latchwork, accountId)))
    const counts = Object.groupBy(answers, ({ status }) => status)
    assert.deepEqual([counts[201]?.length, counts[409]?.length], [2, 98], JSON.stringify(answers.find(({ status }) => status >= 500)?.body))
    assert.equal(counts[201]?.filter(({ body }) => body.key.isPrimary).length, 1)
    assert.equal((await root(latchwork, 'GET', `/v1/keys?accountId=${accountId}`)).body.items.length, 2)
    const created = (await root(latchwork, 'GET', '/v1/events?type=key.created&limit=100')).body.items
    assert.equal(created.filter((event: { accountId: string }) => event.accountId === accountId).length, 2, 'and no event of one that was not made')
  })

  it('K10: a revoked key is refused by the very next check, however often it was taken before', async () => {
    const latchwork = rigOf()
    const { key, secret } = (await mint(latchwork, await newAccount(latchwork))).body
    for (let n = 0; n < 3; n++) assert.equal((await verify(latchwork, secret)).record.alive, true)
    assert.equal((await root(latchwork, 'DELETE', `/v1/keys/${key.id}`)).status, 204)
    const known = await verify(latchwork, secret)
    assert.equal(known.record.alive, false)
    const [entry] = (await latchwork.server.installation.store.feed.read(0, 1000)).filter(({ lifeline }) => lifeline === `key:${key.id}`)
    assert.ok(entry)
    assert.equal(known.asOf, positionText(positionOf(entry)))
    assert.equal((await root(latchwork, 'DELETE', `/v1/keys/${key.id}`)).status, 204, 'twice is once')
    const events = (await root(latchwork, 'GET', `/v1/events?credentialId=${key.id}&type=key.revoked`)).body.items
    assert.equal(events.length, 1)
  })

  it('K10: revoking in parallel: one event, one feed entry, every call 204', async () => {
    const latchwork = rigOf()
    const { key } = (await mint(latchwork, await newAccount(latchwork))).body
    const answers = await Promise.all(Array.from({ length: 30 }, () => root(latchwork, 'DELETE', `/v1/keys/${key.id}`)))
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [204])
    assert.equal((await root(latchwork, 'GET', `/v1/events?credentialId=${key.id}&type=key.revoked`)).body.items.length, 1)
    const entries = await latchwork.server.installation.store.feed.read(0, 1000)
    assert.equal(entries.filter(({ lifeline }) => lifeline === `key:${key.id}`).length, 1)
  })

  it('E4 14.2: lists go on by their cursor, newest first, each key once; a forged, altered or foreign cursor is refused', async () => {
    const latchwork = rigOf()
    const accountId = await newAccount(latchwork)
    const made: string[] = []
    for (let n = 0; n < 5; n++) made.push((await mint(latchwork, accountId, { kind: 'rk', name: `key ${n}` })).body.key.id)
    const seen: string[] = []
    let next: string | undefined
    do {
      const page = (await root(latchwork, 'GET', `/v1/keys?accountId=${accountId}&limit=2${next === undefined ? '' : `&after=${next}`}`)).body
      seen.push(...page.items.map((key: { id: string }) => key.id))
      next = page.next
    } while (next !== undefined)
    assert.deepEqual(seen, made.reverse())
    const { next: cursor } = (await root(latchwork, 'GET', '/v1/keys?limit=1')).body
    const { next: eventCursor } = (await root(latchwork, 'GET', '/v1/events?limit=1')).body
    const forged = [
      '',
      'x',
      '0',
      '-1',
      "' or 1=1 --",
      `${cursor.slice(0, -1)}${cursor.endsWith('0') ? '1' : '0'}`,
      `${cursor}0`,
      cursor.slice(1),
      eventCursor,
      '%00',
      'é'.repeat(50),
      'a'.repeat(300),
    ]
    for (const after of forged) refuses(await root(latchwork, 'GET', `/v1/keys?after=${encodeURIComponent(after)}`), 400, 'request_malformed')
    refuses(await root(latchwork, 'GET', `/v1/events?after=${cursor}`), 400, 'request_malformed')
    for (const limit of ['0', '101', '-1', '1.5', 'x', '1e1', '0x10', '', ' 1', '1&limit=2', '99999999999999999999'])
      refuses(await root(latchwork, 'GET', `/v1/keys?limit=${limit}`), 400, 'request_malformed')
  })

  it('E4 4.9: an id that is unknown, ended, foreign or no id at all answers one and the same 404', async () => {
    const latchwork = rigOf()
    const ids = [
      newId('key', Date.now()),
      newId('root_key', Date.now()),
      'x',
      'acc_test',
      '%2e%2e',
      'a'.repeat(64),
      encodeURIComponent("' or ''='"),
      encodeURIComponent('ключ'),
    ]
    for (const id of ids)
      for (const [method, path] of [
        ['GET', '/v1/keys/'],
        ['DELETE', '/v1/keys/'],
        ['DELETE', '/v1/root-keys/'],
        ['DELETE', '/v1/clients/'],
      ] as const) {
        const answer = await root(latchwork, method, path + id)
        refuses(answer, 404, 'not_found')
        assert.equal(answer.body.detail, 'Nothing is here for you: check the address and the id.')
      }
    refuses(await mint(latchwork, 'acc_unknown'), 404, 'not_found', /no account/)
  })
})

describe('what a key may be', () => {
  const latchworkOf = shared((t) => startLatchwork(t))

  it('K5: not-before and expiry are judged at each check; an expired secret key frees its place', async (t) => {
    const latchwork = await startLatchwork(t)
    const at = (seconds: number): string => new Date(latchwork.now() + seconds * 1000).toISOString()
    const { key, secret } = (await mint(latchwork, 'acc_test', { notBefore: at(60), expiresAt: at(120) })).body
    assert.equal(key.expiresAt.length, 24)
    const { record } = await verify(latchwork, secret)
    assert.deepEqual(
      [record.alive, new Date(record.notBefore).toISOString(), new Date(record.principal.expiresAt).toISOString()],
      [true, key.notBefore, key.expiresAt],
    )
    assert.equal((await mint(latchwork, 'acc_test')).status, 201)
    refuses(await mint(latchwork, 'acc_test'), 409, 'key_slots_taken')
    latchwork.advance(120_000)
    assert.equal((await mint(latchwork, 'acc_test')).status, 201)
  })

  it('K5: times that are none, or in the wrong order, are refused', async () => {
    const latchwork = latchworkOf()
    const hour = 3_600_000
    const future = new Date(latchwork.now() + hour).toISOString()
    const past = new Date(latchwork.now() - hour).toISOString()
    for (const expiresAt of [
      '',
      '1',
      '2030',
      'tomorrow',
      '2030-13-01T00:00:00Z',
      '2030-01-01',
      '2030-01-01T00:00:00',
      '2030-01-01 00:00:00Z',
      'Tue, 01 Jan 2030 00:00:00 GMT',
      `${future} `,
      '+275760-09-13T00:00:00Z',
      `2030-01-01T00:00:00.${'0'.repeat(30)}Z`,
    ])
      refuses(await mint(latchwork, 'acc_test', { expiresAt }), 400, 'request_malformed', /expiresAt/)
    for (const times of [
      { expiresAt: past },
      { expiresAt: future, notBefore: future },
      { expiresAt: future, notBefore: new Date(latchwork.now() + 2 * hour).toISOString() },
    ])
      refuses(await mint(latchwork, 'acc_test', times), 400, 'key_invalid', /expiresAt/)
    assert.equal((await mint(latchwork, 'acc_test', { kind: 'rk', expiresAt: '2099-01-01T00:00:00+02:00' })).body.key.expiresAt, '2098-12-31T22:00:00.000Z')
  })

  it('K7: kinds, environments, names and scopes: what is not one is refused, and nothing is made', async () => {
    const latchwork = latchworkOf()
    const count = async () => (await root(latchwork, 'GET', '/v1/keys?limit=100')).body.items.length
    const before = await count()
    const wrong: object[] = [
      { kind: 'pat' },
      { kind: 'SK' },
      { kind: 'root' },
      { kind: null },
      { environment: 'prod' },
      { name: '' },
      { name: '   ' },
      { name: 'x'.repeat(101) },
      { name: 5 },
      { name: null },
      { name: ['x'] },
      { name: 'a\0b' },
      { name: 'line\nbreak' },
      { name: 'bidi \u202e' },
      { scopes: 'notes:read' },
      { scopes: [''] },
      { scopes: ['a b'] },
      { scopes: ['notes:read', 5] },
      { scopes: Array.from({ length: 65 }, (_, n) => `a:${n}`) },
      { scopes: ['x'.repeat(129)] },
      { accountId: 5 },
      { isPrimary: true },
      { digest: 'x' },
      { createdBy: 'usr_1' },
      { id: 'key_1' },
      { __proto__x: 1 },
    ]
    for (const more of wrong) {
      const answer = await mint(latchwork, 'acc_test', { kind: 'rk', ...more })
      assert.equal(answer.status, 400, `${JSON.stringify(more)}: ${answer.status}`)
      assert.ok(['request_malformed', 'key_invalid', 'scope_invalid'].includes(answer.body.code))
    }
    assert.equal(await count(), before)
  })

  it('K2 4.8: /v1/verify says nothing of what has no form of ours, without a look at the store', async () => {
    const latchwork = latchworkOf()
    const { secret } = (await mint(latchwork, 'acc_test', { kind: 'rk' })).body
    assert.equal((await verify(latchwork, secret)).known, true)
    for (const credential of [
      secret.slice(0, -1),
      secret.slice(1),
      `${secret} `,
      '',
      'x',
      secret.replace('live', 'test'),
      latchwork.rootKey.replace('root', 'at'),
    ])
      assert.deepEqual(await verify(latchwork, credential), { known: false }, credential.slice(0, 12))
    for (const credential of ['x'.repeat(513), 5, null, [secret], {}])
      refuses(await root(latchwork, 'POST', '/v1/verify', { credential }), 400, 'request_malformed')
  })

  it('K2: the brand of the installation stands in each key', async (t) => {
    const latchwork = await startLatchwork(t, { config: { keys: { brand: 'acme' } } })
    const { secret } = (await mint(latchwork, 'acc_test')).body
    assert.match(secret, /^sk_live_acme_/)
    assert.equal((await verify(latchwork, secret)).record.principal.accountId, 'acc_test')
  })
})
