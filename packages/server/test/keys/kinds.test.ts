import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { type AskedChanges, type Maker, updateKey } from '@latchwork/api-keys'
import { mintKey } from '@latchwork/kernel'
import { shared } from '../kit/shared.ts'
import { API, refuses, startLatchwork } from '../kit/start-latchwork.ts'
import { asRoot, DAY, eventsOf, historyOf, known, make, newAccount, newPerson, read, works } from './calls.ts'

const scopes = [
  { name: 'notes:read', description: 'Read your notes', publishable: true },
  { name: 'notes:write', description: 'Change your notes' },
]
const apis = [{ identifier: API, name: 'Notes', firstParty: true, scopes }]
const roles = [{ name: 'editor', scopes: ['notes:read', 'notes:write'] }]

describe('kinds of keys', () => {
  const latchworkOf = shared((t) => startLatchwork(t, { config: { apis, roles } }))

  it('K2 K4 K7: a publishable key carries publishable scopes alone, and its text may be shown again', async () => {
    const latchwork = latchworkOf()
    const accountId = await newAccount(latchwork)
    const { key, secret } = await make(latchwork, accountId, { kind: 'pk', scopes: ['notes:read'] })
    assert.match(secret, /^pk_live_lw_/)
    assert.equal((await read(latchwork, key.id)).publicText, secret)
    assert.equal(await works(latchwork, secret), true)
    for (const more of [{ scopes: ['notes:write'] }, { scopes: ['notes:*'] }, { scopes: ['*:*'] }, { roles: ['editor'] }])
      refuses(await asRoot(latchwork, 'POST', '/v1/keys', { accountId, name: 'x', kind: 'pk', ...more }), 403, 'scope_not_publishable')
    const rk = await make(latchwork, accountId, { kind: 'rk', scopes: ['notes:read'] })
    assert.equal((await read(latchwork, rk.key.id)).publicText, undefined)
  })

  it('K7: a role gives a key the scopes that the configuration says', async () => {
    const latchwork = latchworkOf()
    const accountId = await newAccount(latchwork)
    const { secret } = await make(latchwork, accountId, { kind: 'rk', roles: ['editor'] })
    assert.deepEqual((await known(latchwork, secret)).record.principal.scopes, ['notes:read', 'notes:write'])
    refuses(await asRoot(latchwork, 'POST', '/v1/keys', { accountId, name: 'x', kind: 'rk', roles: ['owner'] }), 400, 'key_invalid', /no role owner.*editor/)
  })

  it('K7 K10: a role or a scope that the configuration takes away keeps nobody from stopping, ending or narrowing the key that carries it', async (t) => {
    const data = await mkdtemp(join(tmpdir(), 'latchwork-roles-'))
    t.after(() => rm(data, { recursive: true, force: true }))
    const before = await startLatchwork(t, { data, config: { apis, roles } })
    const accountId = await newAccount(before)
    const withRole = await make(before, accountId, { kind: 'rk', roles: ['editor'], scopes: ['notes:read'] })
    const published = await make(before, accountId, { kind: 'pk', scopes: ['notes:read'] })
    await before.stop()
    const after = await startLatchwork(t, {
      data,
      config: { apis: [{ ...apis[0], scopes: scopes.map(({ name, description }) => ({ name, description })) }], roles: [] },
    })
    const code = async (key: string) => (await asRoot(after, 'POST', '/v1/keys/verify', { key })).body.code
    for (const { key, secret } of [withRole, published]) {
      const change = (body: object) => asRoot(after, 'PATCH', `/v1/keys/${key.id}`, body)
      for (const body of [
        { name: 'renamed' },
        { networks: ['192.0.2.0/24'] },
        { networks: [] },
        { scopes: [] },
        { expiresAt: new Date(after.now() + DAY).toISOString() },
      ])
        assert.equal((await change(body)).status, 200, JSON.stringify(body))
      assert.equal(await code(secret), 'VALID')
      assert.equal((await change({ enabled: false })).status, 200)
      assert.equal(await code(secret), 'DISABLED')
      assert.equal((await change({ enabled: true })).status, 200)
    }
    refuses(await asRoot(after, 'PATCH', `/v1/keys/${withRole.key.id}`, { roles: ['editor'] }), 400, 'key_invalid', /no role editor/)
    refuses(await asRoot(after, 'PATCH', `/v1/keys/${published.key.id}`, { scopes: ['notes:read'] }), 403, 'scope_not_publishable')
  })

  it('K7: who has less than a key carries may stop it and end it, and changes nothing else of it', async () => {
    const latchwork = latchworkOf()
    const { key } = await make(latchwork, await newAccount(latchwork), { kind: 'rk', roles: ['editor'] })
    const maker: Maker = { kind: 'user', id: 'usr_support', ceiling: ['notes:read'], origin: {} }
    const change = (asked: AskedChanges) => updateKey(latchwork.server.installation.apiKeys, key.id, asked, maker, latchwork.now())
    for (const asked of [{ networks: [] }, { limits: [] }, { name: 'x' }, { enabled: true }, { roles: [] }])
      await assert.rejects(change(asked), { code: 'scope_exceeds_maker' })
    assert.notEqual((await change({ enabled: false })).answer.disabledAt, undefined)
    await assert.rejects(change({ enabled: true }), { code: 'scope_exceeds_maker' })
    const end = latchwork.now() + DAY
    assert.equal((await change({ expiresAt: end })).answer.expiresAt, end)
  })

  it('K7: who makes or changes a key is told which of its scopes no declared API defines', async (t) => {
    const latchwork = latchworkOf()
    const accountId = await newAccount(latchwork)
    const told = await make(latchwork, accountId, { kind: 'rk', scopes: ['notes:raed', 'notes:read', 'notes:*', '*:*', 'reports:*'] })
    assert.deepEqual(told.key.undefinedScopes, ['notes:raed', 'reports:*'])
    assert.equal((await read(latchwork, told.key.id)).undefinedScopes, undefined)
    const change = (scopes: readonly string[]) => asRoot(latchwork, 'PATCH', `/v1/keys/${told.key.id}`, { scopes })
    assert.deepEqual((await change(['notes:raed'])).body.undefinedScopes, ['notes:raed'])
    assert.equal((await change(['notes:read'])).body.undefinedScopes, undefined)
    const digest = createHash('sha256').update('an old key').digest('hex')
    const imported = await asRoot(latchwork, 'POST', '/v1/keys/import', { keys: [{ digest, accountId, name: 'old', scopes: ['admin'] }] })
    assert.deepEqual(imported.body.keys[0].undefinedScopes, ['admin'])
    const without = await startLatchwork(t, { config: { apis: [], clients: [] } })
    const free = await make(without, await newAccount(without), { kind: 'rk', scopes: ['any:thing', '*:*', 'notes:read:all', 'admin', '*', ':read', 'notes:'] })
    assert.deepEqual(free.key.undefinedScopes, ['admin', '*', ':read', 'notes:'], 'where none is declared, what has not the form of one')
    const { body } = await asRoot(without, 'POST', '/v1/keys/verify', { key: free.secret, scopes: ['notes:write'] })
    assert.equal(body.code, 'VALID', 'by *:*')
    const starred = await make(without, 'acc_test', { kind: 'rk', scopes: ['*'] })
    assert.equal((await asRoot(without, 'POST', '/v1/keys/verify', { key: starred.secret, scopes: ['notes:write'] })).body.code, 'SCOPE_INSUFFICIENT')
  })

  it('K18 E1: a personal access token stands for a person, has no more than a person has, and ends with their membership', async () => {
    const latchwork = latchworkOf()
    const accountId = await newAccount(latchwork)
    const person = await newPerson(latchwork)
    const asked = { accountId, name: 'laptop', kind: 'pat', scopes: ['notes:read'], userId: person.userId }
    refuses(await asRoot(latchwork, 'POST', '/v1/keys', asked), 404, 'not_found', /members of the account/)
    assert.equal((await asRoot(latchwork, 'POST', `/v1/accounts/${accountId}/members`, { userId: person.userId })).status, 201)
    refuses(await asRoot(latchwork, 'POST', '/v1/keys', { ...asked, scopes: ['admin:write'] }), 403, 'scope_exceeds_maker')
    refuses(await asRoot(latchwork, 'POST', '/v1/keys', { ...asked, userId: undefined }), 400, 'key_invalid', /userId/)
    const { secret, key } = await make(latchwork, accountId, asked)
    const { principal } = (await known(latchwork, secret)).record
    assert.deepEqual([principal.subject, principal.userId, principal.accountId, principal.scopes], [person.userId, person.userId, accountId, ['notes:read']])
    assert.equal(key.userId, person.userId)
    const own = await make(latchwork, person.accountId, { ...asked, accountId: person.accountId })
    assert.equal((await asRoot(latchwork, 'DELETE', `/v1/accounts/${accountId}/members/${person.userId}`)).status, 204)
    assert.deepEqual([await works(latchwork, secret), await works(latchwork, own.secret)], [false, true])
    assert.deepEqual(await historyOf(latchwork, key.id), ['key.revoked membership_ended root_key 127.0.0.1'])
    assert.deepEqual(await historyOf(latchwork, own.key.id), [])
    refuses(await asRoot(latchwork, 'DELETE', `/v1/accounts/${person.accountId}/members/${person.userId}`), 404, 'not_found')
  })

  it('K6: restricted keys and tokens are limited in number, also at the same moment', async (t) => {
    const latchwork = await startLatchwork(t, { config: { keys: { maxPerAccount: 3, maxPerPerson: 2 } } })
    const accountId = await newAccount(latchwork)
    const mint = (body: object) => asRoot(latchwork, 'POST', '/v1/keys', { accountId, name: 'x', kind: 'rk', ...body })
    const answers = await Promise.all(Array.from({ length: 12 }, () => mint({})))
    assert.equal(answers.filter(({ status }) => status === 201).length, 3)
    for (const answer of answers) if (answer.status !== 201) refuses(answer, 409, 'key_limit_reached')
    const person = await newPerson(latchwork)
    const tokens = await Promise.all(Array.from({ length: 6 }, () => mint({ accountId: person.accountId, userId: person.userId, kind: 'pat' })))
    assert.equal(tokens.filter(({ status }) => status === 201).length, 2)
    const [first] = answers.filter(({ status }) => status === 201)
    await asRoot(latchwork, 'DELETE', `/v1/keys/${first?.body.key.id}`)
    assert.equal((await mint({})).status, 201)
  })
})

describe('expiry by policy', () => {
  it('K5: expiry can be made mandatory and bounded, per environment', async (t) => {
    const latchwork = await startLatchwork(t, { config: { keys: { live: { requireExpiry: true, maxLifetimeDays: 30 }, test: { requireExpiry: false } } } })
    const accountId = await newAccount(latchwork)
    const mint = (body: object) => asRoot(latchwork, 'POST', '/v1/keys', { accountId, name: 'x', kind: 'rk', ...body })
    const inDays = (days: number) => new Date(latchwork.now() + days * DAY).toISOString()
    refuses(await mint({}), 400, 'key_expiry_required', /30 days/)
    refuses(await mint({ expiresAt: inDays(31) }), 400, 'key_invalid', /30 days/)
    assert.equal((await mint({ expiresAt: inDays(29) })).status, 201)
    assert.equal((await mint({ environment: 'test' })).status, 201)
  })

  it('K5: a date that no calendar has is refused, and no key outlives the year 9999, also by being rolled', async (t) => {
    const latchwork = await startLatchwork(t)
    const accountId = await newAccount(latchwork)
    const mint = (expiresAt: string) => asRoot(latchwork, 'POST', '/v1/keys', { accountId, name: 'x', kind: 'rk', expiresAt })
    const wrong = ['2027-02-30T00:00:00Z', '2027-02-29T00:00:00Z', '2100-02-29T00:00:00+01:00', '2027-04-31T00:00:00Z', '2027-01-01T24:00:00Z']
    for (const text of [...wrong, '2027-13-01T00:00:00Z', '2027-01-00T00:00:00Z', '9999-12-31T23:59:59-01:00', '10000-01-01T00:00:00Z'])
      refuses(await mint(text), 400, 'request_malformed', /expiresAt/)
    assert.equal((await mint('2096-02-29T23:59:59.999+14:00')).body.key.expiresAt, '2096-02-29T09:59:59.999Z')
    const { key } = (await mint('9999-12-31T23:59:59.5Z')).body
    latchwork.advance(DAY)
    const rolled = await asRoot(latchwork, 'POST', `/v1/keys/${key.id}/roll`, {})
    assert.equal(rolled.body.key.expiresAt, '9999-12-31T23:59:59.000Z')
    const use = await asRoot(latchwork, 'GET', `/v1/keys/${key.id}/use?to=2026-02-30T00:00:00Z`)
    refuses(use, 400, 'request_malformed', /to is a date/)
  })

  it('K5: keys that expire soon are told of once, and listed; keys without use are listed', async (t) => {
    const latchwork = await startLatchwork(t)
    const accountId = await newAccount(latchwork)
    const inDays = (days: number) => new Date(latchwork.now() + days * DAY).toISOString()
    const soon = await make(latchwork, accountId, { kind: 'rk', expiresAt: inDays(60) })
    const late = await make(latchwork, accountId, { kind: 'rk', expiresAt: inDays(300) })
    const chores = latchwork.server.installation.keyChores
    await chores.run()
    assert.deepEqual(await eventsOf(latchwork, soon.key.id), ['key.created'])
    latchwork.advance(50 * DAY)
    await chores.run()
    await chores.run()
    assert.deepEqual(await eventsOf(latchwork, soon.key.id), ['key.created', 'key.expiring'])
    assert.deepEqual(await eventsOf(latchwork, late.key.id), ['key.created'])
    const listed = async (query: string) =>
      (await asRoot(latchwork, 'GET', `/v1/keys?accountId=${accountId}&${query}`)).body.items.map(({ id }: { readonly id: string }) => id)
    assert.deepEqual(await listed('expiringWithinDays=14'), [soon.key.id])
    assert.deepEqual(await listed('unusedSinceDays=49'), [late.key.id, soon.key.id])
    assert.deepEqual(await listed('unusedSinceDays=51'), [])
    latchwork.advance(20 * DAY)
    assert.deepEqual(await listed('expiringWithinDays=3000'), [late.key.id], 'what has expired is not about to')
    assert.deepEqual(await listed('unusedSinceDays=1'), [late.key.id])
  })
})

describe('imported keys', () => {
  it('K16: a key of any form, known by its digest alone, works like one of ours; without imports nothing of the kind is looked up', async (t) => {
    const latchwork = await startLatchwork(t)
    const accountId = await newAccount(latchwork)
    const looksSigned = 'eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoiYW5vbiJ9.c2lnbmF0dXJl'
    const texts = [
      'legacy-4f9a8c1d2e3b4a5f6071',
      'SG.aaaaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbb',
      'sk_live_51HxyzOtherVendorKey000',
      'key:$ecret!{with};"marks"',
      looksSigned,
    ]
    const call = (bearer: string) => latchwork.call('GET', '/v1/keys', { bearer })
    for (const text of texts.slice(0, 4)) assert.notEqual((await call(text)).body.code, 'credential_invalid', 'refused by its form')
    const digests = texts.map((text, index) =>
      createHash('sha256')
        .update(text)
        .digest(index === 0 ? 'hex' : 'base64url'),
    )
    const keys = digests.map((digest, index) => ({
      digest,
      accountId,
      name: `old ${index}`,
      scopes: ['notes:read'],
      start: texts[index]?.slice(0, 8),
      end: texts[index]?.slice(-4),
    }))
    const { status, body } = await asRoot(latchwork, 'POST', '/v1/keys/import', { keys })
    assert.equal(status, 201, JSON.stringify(body))
    assert.deepEqual(
      body.keys.map(({ isImported, kind }: { readonly isImported: boolean; readonly kind: string }) => [isImported, kind]),
      Array(5).fill([true, 'rk']),
    )
    for (const text of texts) {
      assert.equal(await works(latchwork, text), true, text)
      refuses(await call(text), 401, 'credential_invalid') // it is known, and an API key does not open the management API
    }
    assert.equal((await known(latchwork, 'legacy-that-nobody-has-ever-seen')).known, false)
    const [first] = body.keys
    assert.equal(first.fingerprint, 'legacy-4…6071')
    await asRoot(latchwork, 'DELETE', `/v1/keys/${first.id}`)
    assert.equal(await works(latchwork, texts[0] ?? ''), false)
    refuses(await asRoot(latchwork, 'POST', '/v1/keys/import', { keys: [{ ...keys[0], digest: 'a'.repeat(64) }, keys[1]] }), 409, 'key_known', /keys\[1\]/)
    assert.equal((await asRoot(latchwork, 'GET', `/v1/keys?accountId=${accountId}`)).body.items.length, texts.length, 'all or none')
    refuses(await asRoot(latchwork, 'POST', '/v1/keys/import', { keys: [{ ...keys[0], digest: 'no digest' }] }), 400, 'key_invalid', /keys\[0\]/)
    assert.ok(!latchwork.log.join('').includes(digests[1] ?? '-'))
  })

  it('K16: a thousand keys in one call', async (t) => {
    const latchwork = await startLatchwork(t, { config: { keys: { maxPerAccount: 1000 } } })
    const accountId = await newAccount(latchwork)
    const texts = Array.from({ length: 1000 }, () => mintKey('rk', 'live', 'old').reveal())
    const keys = texts.map((text, index) => ({
      digest: createHash('sha256').update(text).digest('hex'),
      accountId,
      name: `old ${index}`,
      scopes: ['notes:read'],
    }))
    assert.equal((await asRoot(latchwork, 'POST', '/v1/keys/import', { keys })).status, 201)
    assert.equal(await works(latchwork, texts[999] ?? ''), true)
  })

  it('K6 K16: an import is bounded as creation is, account by account, all or none', async (t) => {
    const latchwork = await startLatchwork(t, { config: { keys: { maxPerAccount: 3 } } })
    const [one, two] = [await newAccount(latchwork), await newAccount(latchwork)]
    await make(latchwork, one, { kind: 'rk' })
    let count = 0
    const entries = (accountId: string, most: number) =>
      Array.from({ length: most }, () => ({ digest: createHash('sha256').update(`old ${count++}`).digest('hex'), accountId, name: 'old' }))
    const bring = (...keys: readonly object[]) => asRoot(latchwork, 'POST', '/v1/keys/import', { keys })
    refuses(await bring(...entries(two, 3), ...entries(one, 3)), 409, 'key_limit_reached', /keys\[5\]/)
    assert.equal((await bring(...entries(two, 3), ...entries(one, 2))).status, 201)
    refuses(await bring(...entries(one, 1)), 409, 'key_limit_reached', /keys\[0\]/)
    assert.equal((await bring({ ...entries(one, 1)[0], kind: 'sk' })).status, 201)
  })

  it('K12 K16: what an imported key is known by is visible', async (t) => {
    const latchwork = await startLatchwork(t)
    const entry = { digest: createHash('sha256').update('old').digest('hex'), accountId: await newAccount(latchwork), name: 'old' }
    const bring = (shown: object) => asRoot(latchwork, 'POST', '/v1/keys/import', { keys: [{ ...entry, ...shown }] })
    for (const text of ['\n', 'a\u202e', '\u200b', '\u2028', '\u001b[m'])
      for (const name of ['start', 'end']) refuses(await bring({ [name]: text }), 400, 'key_invalid', /keys\[0\].*visible/)
    assert.equal((await bring({ start: 'abc é', end: '' })).body.keys[0].fingerprint, 'abc é…')
  })

  it('K3: peppers rotate: a key stored under an older one works, and is moved to the newest by its use', async (t) => {
    const pepper = (id: string) => `${id}:${createHash('sha256').update(id).digest('base64url')}`
    const data = await import('node:fs').then(({ mkdtempSync }) => mkdtempSync('/tmp/latchwork-'))
    t.after(() => import('node:fs').then(({ rmSync }) => rmSync(data, { recursive: true, force: true })))
    const open = (peppers: string | undefined) => startLatchwork(t, { data, config: peppers === undefined ? {} : { keys: { peppers } } })
    const plain = await open(undefined)
    const accountId = await newAccount(plain)
    const first = await make(plain, accountId, { kind: 'rk' })
    await plain.stop()
    const one = await open(pepper('p1'))
    assert.equal(await works(one, first.secret), true, 'made before there were peppers')
    const second = await make(one, accountId, { kind: 'rk' })
    await one.stop()
    const two = await open(`${pepper('p2')},${pepper('p1')}`)
    for (const { secret } of [first, second]) assert.equal(await works(two, secret), true)
    await two.stop()
    const last = await open(pepper('p2'))
    for (const { secret } of [first, second]) assert.equal(await works(last, secret), true, 'it was moved')
    assert.equal((await known(last, mintKey('rk', 'live', 'lw').reveal())).known, false)
  })

  it('K16 K3: a digest is known to an import under every pepper, and what was revoked stays so', async (t) => {
    const pepper = (id: string) => `${id}:${createHash('sha256').update(id).digest('base64url')}`
    const data = await import('node:fs').then(({ mkdtempSync }) => mkdtempSync('/tmp/latchwork-'))
    t.after(() => import('node:fs').then(({ rmSync }) => rmSync(data, { recursive: true, force: true })))
    const text = 'legacy-4f9a8c1d2e3b4a5f6071'
    let accountId: string | undefined
    for (const [index, peppers] of [undefined, pepper('p1'), `${pepper('p2')},${pepper('p1')}`].entries()) {
      const latchwork = await startLatchwork(t, { data, config: peppers === undefined ? {} : { keys: { peppers } } })
      accountId ??= await newAccount(latchwork)
      const keys = [{ digest: createHash('sha256').update(text).digest('hex'), accountId, name: 'old' }]
      const answer = await asRoot(latchwork, 'POST', '/v1/keys/import', { keys })
      if (index > 0) refuses(answer, 409, 'key_known', /keys\[0\]/)
      else await asRoot(latchwork, 'DELETE', `/v1/keys/${answer.body.keys[0].id}`)
      assert.equal(await works(latchwork, text), false)
      await latchwork.stop()
    }
  })
})
