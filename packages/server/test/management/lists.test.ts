import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { newId } from '@latchwork/kernel'
import { claimsOf, newEmail, password, signInDevice } from '../kit/front-end.ts'
import { onEachEngine, type Rig, shared } from '../kit/shared.ts'
import { refuses, startLatchwork } from '../kit/start-latchwork.ts'

// biome-ignore lint/suspicious/noExplicitAny: items as they are on the wire
type Wire = any

const YEAR_MS = 365 * 24 * 60 * 60_000

/** Lists that are no longer than the configuration, a ring or a bound of the key makes them. */
const WHOLE = ['/v1/signing-keys', '/v1/delivery-targets', '/v1/keys/{id}/use', '/v1/keys/{id}/networks', '/v1/accounts/{id}/members/{userId}/keys']

describe('every list in /openapi.json', () => {
  const latchworkOf = shared((t) => startLatchwork(t, { config: { applications: { maxPerPerson: 5 } } }))

  it('E4: is paged by a cursor, and refuses a limit, a cursor and a filter that are none', async () => {
    const latchwork = latchworkOf()
    const { body } = await latchwork.call('GET', '/openapi.json')
    const device = await signInDevice(latchwork)
    const lists = Object.entries<Wire>(body.paths).flatMap(([path, { get }]) => {
      const said = get?.responses?.['200']?.content?.['application/json']?.schema
      const schema = body.components.schemas[said?.$ref?.split('/').at(-1)] ?? said
      return schema?.properties?.items === undefined ? [] : [{ path, get, isPaged: schema.properties.next !== undefined }]
    })
    assert.deepEqual(
      lists
        .filter(({ isPaged }) => !isPaged)
        .map(({ path }) => path)
        .sort(),
      [...WHOLE].sort(),
    )
    const paged = lists.filter(({ isPaged }) => isPaged)
    assert.ok(paged.length >= 11, String(paged.length))
    for (const { path, get } of paged) {
      const names = get.parameters.map(({ name }: Wire) => name)
      assert.ok(names.includes('after') && names.includes('limit'), path)
      const bearer = path.startsWith('/v1/me/') ? device.accessToken : latchwork.rootKey
      const ask = (query: string) => latchwork.call('GET', `${path.replace('{id}', 'acc_test')}?${query}`, { bearer })
      assert.equal((await ask('limit=1')).status, 200, path)
      for (const query of ['limit=0', 'limit=101', 'after=', 'after=x', 'after=keys_0000000010000000', 'nothing=1', 'limit=1&limit=1', 'name=']) {
        const answer = await ask(query)
        assert.deepEqual([answer.status, answer.body.code], [400, 'request_malformed'], `${path}?${query}`)
      }
    }
  })
})

onEachEngine('lists', (rigOf) => {
  const root = (method: string, path: string, body?: unknown) =>
    rigOf().call(method, path, { bearer: rigOf().rootKey, ...(body === undefined ? {} : { body }) })

  /** All of a list, page by page; `meanwhile` comes between the first and the second. */
  async function everyItem(path: string, query: string, { limit = 100, meanwhile = async () => {} } = {}): Promise<readonly Wire[]> {
    const items: Wire[] = []
    for (let after = '', page = 0; ; page++) {
      const { status, body } = await root('GET', `${path}?limit=${limit}&${query}${after}`)
      assert.equal(status, 200, JSON.stringify(body))
      items.push(...body.items)
      if (body.next === undefined) return items
      after = `&after=${body.next}`
      if (page === 0) await meanwhile()
    }
  }
  const namesOf = async (path: string, query: string) => (await everyItem(path, query)).map(({ name }) => name)
  const iso = (time: number) => new Date(time).toISOString()

  it('E4: root keys go on by their cursor, each once while others are made, and are filtered by state, name and time', async () => {
    const make = async (name: string): Promise<string> => (await root('POST', '/v1/root-keys', { name, scopes: ['keys:read'] })).body.rootKey.id
    const ids: string[] = []
    for (let n = 0; n < 5; n++) ids.push(await make(`Paged ${n}`))
    const seen = await everyItem('/v1/root-keys', 'name=paged', { limit: 2, meanwhile: async () => void (await make('paged later')) })
    assert.deepEqual(
      seen.map(({ id }) => id),
      ids.toReversed(),
    )
    await root('DELETE', `/v1/root-keys/${ids[1]}`)
    assert.deepEqual(await namesOf('/v1/root-keys', 'name=PAGED&state=revoked'), ['Paged 1'])
    assert.equal((await namesOf('/v1/root-keys', 'name=aged&state=active')).length, 5)
    assert.deepEqual(await namesOf('/v1/root-keys', `name=paged&createdSince=${iso(rigOf().now() + YEAR_MS)}`), [])
    assert.equal((await namesOf('/v1/root-keys', `name=paged&createdBefore=${iso(rigOf().now() + YEAR_MS)}`)).length, 6)
    refuses(await root('GET', '/v1/root-keys?state=gone'), 400, 'request_malformed', /"active" or "revoked"/)
    refuses(await root('GET', '/v1/root-keys?createdSince=x'), 400, 'request_malformed', /createdSince is a date and time/)
  })

  it('E4: keys are filtered by state, name, ends, consent and the time they were made', async () => {
    const { body: account } = await root('POST', '/v1/accounts', { name: 'Keys' })
    const make = async (name: string, more: object = {}) =>
      (await root('POST', '/v1/keys', { accountId: account.id, kind: 'rk', name, scopes: ['notes:read'], ...more })).body.key
    const soon = iso(rigOf().now() + 60_000)
    const [plain, ended] = [await make('Nightly Export'), await make('ended')]
    await make('short', { expiresAt: soon })
    const stopped = await make('stopped')
    await root('DELETE', `/v1/keys/${ended.id}`)
    await root('PATCH', `/v1/keys/${stopped.id}`, { enabled: false })
    rigOf().advance(120_000)
    const later = iso(rigOf().now())
    await make('later')
    const of = (query: string) => namesOf('/v1/keys', `accountId=${account.id}&${query}`)
    assert.deepEqual(await of('state=active'), ['later', 'stopped', 'Nightly Export'])
    assert.deepEqual(await of('state=disabled'), ['stopped'])
    assert.deepEqual(await of('state=expired'), ['short'])
    assert.deepEqual(await of('state=revoked'), ['ended'])
    assert.deepEqual(await of('name=EXPORT'), ['Nightly Export'])
    assert.deepEqual(await of('name=%25'), [], 'a percent sign is one')
    assert.deepEqual(await of(`fingerprint=${encodeURIComponent(plain.fingerprint)}`), ['Nightly Export'])
    assert.deepEqual(await of(`createdSince=${later}`), ['later'])
    assert.equal((await of(`createdBefore=${later}`)).length, 4)
    assert.deepEqual(await of('consentId=con_none'), [])
    refuses(await root('GET', '/v1/keys?state=asleep'), 400, 'request_malformed', /"active" or "disabled" or "expired" or "revoked"/)
  })

  it('E4: accounts, people and clients are filtered by name, state, owner and time', async () => {
    const { body: one } = await root('POST', '/v1/accounts', { name: 'Filtered One' })
    await root('POST', '/v1/accounts', { name: 'Filtered Two' })
    await root('POST', `/v1/accounts/${one.id}/disable`)
    assert.deepEqual(await namesOf('/v1/accounts', 'name=filtered'), ['Filtered Two', 'Filtered One'])
    assert.deepEqual(await namesOf('/v1/accounts', 'name=filtered&state=disabled'), ['Filtered One'])
    assert.deepEqual(await namesOf('/v1/accounts', 'name=filtered&state=active'), ['Filtered Two'])
    assert.deepEqual(await namesOf('/v1/accounts', `name=filtered&createdBefore=${iso(rigOf().now() - YEAR_MS)}`), [])

    const { body: ada } = await rigOf().call('POST', '/v1/sessions/sign-up', { body: { email: newEmail(), password, name: 'Ada Filtered' } })
    const { body: bob } = await rigOf().call('POST', '/v1/sessions/sign-up', { body: { email: newEmail(), password, name: 'Bob Filtered' } })
    await root('POST', `/v1/people/${bob.user.id}/disable`)
    assert.deepEqual(await namesOf('/v1/people', 'name=filtered'), ['Bob Filtered', 'Ada Filtered'])
    assert.deepEqual(await namesOf('/v1/people', 'name=filtered&state=active'), ['Ada Filtered'])
    const [person] = (await everyItem('/v1/people', 'name=ada%20filtered')) as readonly [Wire]
    assert.deepEqual(await namesOf('/v1/people', `accountId=${person.accountId}`), ['Ada Filtered'])
    assert.deepEqual(await namesOf('/v1/people', 'name=filtered&operator=true'), [])
    assert.equal((await namesOf('/v1/people', 'name=filtered&operator=false')).length, 2)
    assert.equal((await everyItem(`/v1/accounts/${person.accountId}/members`, 'role=owner')).length, 1)
    assert.equal((await everyItem(`/v1/accounts/${person.accountId}/members`, 'role=member')).length, 0)
    assert.equal(person.id, ada.user.id)

    const client = async (name: string, more: object) =>
      (await root('POST', '/v1/clients', { name, grantTypes: ['client_credentials'], audiences: ['https://api.example.test'], ...more })).body.client
    await client('Filtered Live', { accountId: person.accountId })
    const test = await client('Filtered Test', { environment: 'test' })
    await root('DELETE', `/v1/clients/${test.id}`)
    assert.deepEqual(await namesOf('/v1/clients', `accountId=${person.accountId}`), ['Filtered Live'])
    assert.deepEqual(await namesOf('/v1/clients', 'name=filtered&environment=test'), ['Filtered Test'])
    assert.deepEqual(await namesOf('/v1/clients', 'name=filtered&state=active'), ['Filtered Live'])
    assert.deepEqual(await namesOf('/v1/clients', 'name=filtered&state=disabled&profile=oauth21'), ['Filtered Test'])
    assert.deepEqual(await namesOf('/v1/clients', 'name=filtered&profile=oidc-compat'), [])
    assert.deepEqual(await namesOf('/v1/clients', 'ownerId=usr_none'), [])
  })

  it('E4: initial access tokens that let clients register, rotations and deliveries are filtered', async () => {
    const make = async (name: string) => (await root('POST', '/v1/initial-access-tokens', { name })).body.token.id
    const gone = await make('gone')
    await make('good')
    await root('DELETE', `/v1/initial-access-tokens/${gone}`)
    assert.deepEqual(await namesOf('/v1/initial-access-tokens', 'name=go'), ['good', 'gone'])
    assert.deepEqual(await namesOf('/v1/initial-access-tokens', 'name=go&state=active'), ['good'])
    rigOf().advance(YEAR_MS)
    assert.deepEqual(await namesOf('/v1/initial-access-tokens', 'state=active'), [])
    assert.deepEqual(await everyItem('/v1/rotations', 'environment=test&target=vault'), [])
    assert.deepEqual(await everyItem('/v1/alerts/deliveries', 'state=given_up&channel=email'), [])
    refuses(await root('GET', '/v1/alerts/deliveries?state=lost'), 400, 'request_malformed', /"waiting"/)
  })

  it('E4 O17: consents of a person are paged, and the page shows all', async () => {
    const rig = rigOf()
    const device = await signInDevice(rig)
    const { sub: userId } = claimsOf(device.accessToken)
    await manyConsents(rig, userId, 5)
    const seen: string[] = []
    for (let after = ''; ; ) {
      const page = (await rig.call('GET', `/v1/me/consents?limit=2${after}`, { bearer: device.accessToken })).body
      seen.push(...page.items.map((item: Wire) => item.client.name))
      if (page.next === undefined) break
      after = `&after=${page.next}`
    }
    assert.deepEqual(seen, ['Many 4', 'Many 3', 'Many 2', 'Many 1', 'Many 0'])
  })

  it('R6: a filter that meets few of many keys is looked for in steps, and what is found is found once', async () => {
    const rig = rigOf()
    const numbers =
      rig.engine === 'postgres'
        ? 'with numbers as (select n from generate_series(1, 11000) n)'
        : 'with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < 11000)'
    await rig.query(
      `insert into accounts (id, name, created_at) ${numbers} select 'acc_step_' || n, case when n % 5000 = 3 then 'Needle' else 'Hay' end, ${rig.now()} + n / 3 from numbers`,
    )
    await rig.query(
      `insert into api_keys (id, digest, account_id, kind, environment, name, scopes, roles, networks, limits, fingerprint, is_primary, created_by, created_at, imported) ${numbers}
       select 'key_step_' || n, 'digest_' || n, 'acc_step_1', 'rk', 'live', case when n % 5000 = 3 then 'Needle' else 'Hay' end, '[]', '[]', '[]', '[]', 'rk_live_…wxyz', 0, 'x', ${rig.now()}, 0 from numbers`,
    )
    const first = (await root('GET', '/v1/keys?name=needle&limit=100')).body
    assert.ok(first.items.length < 3 && first.next !== undefined, 'a page that looked far enough says where to go on')
    for (const path of ['/v1/keys', '/v1/accounts']) {
      const found = await everyItem(path, 'name=needle')
      assert.deepEqual(
        found.map(({ id }) => id.split('_')[2]),
        ['10003', '5003', '3'],
        path,
      )
    }
  })
})

async function manyConsents(rig: Rig, userId: string, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    const { client } = (
      await rig.call('POST', '/v1/clients', {
        bearer: rig.rootKey,
        body: { name: `Many ${n}`, redirectUris: ['https://many.example.test/callback'], scopes: ['openid'] },
      })
    ).body
    await rig.query(
      `insert into consents (id, user_id, client_id, scopes, audience, given_at) values ('${newId('consent', rig.now())}', '${userId}', '${client.id}', '["openid"]', '[]', ${rig.now() + Math.floor(n / 2)})`,
    )
  }
}
