/** Accounts: listed, renamed, made once, and stopped with all that lives by them. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { asRoot, make, newAccount, newPerson, works } from '../keys/calls.ts'
import { isActive } from '../kit/authorize.ts'
import { describeOnEachEngine } from '../kit/each-engine.ts'
import { claimsOf, signInDevice } from '../kit/front-end.ts'
import { API, type Latchwork, refuses } from '../kit/start-latchwork.ts'

const change = (latchwork: Latchwork, accountId: string, verb: 'disable' | 'enable') => asRoot(latchwork, 'POST', `/v1/accounts/${accountId}/${verb}`)

async function applicationOf(latchwork: Latchwork, accountId: string) {
  const asked = { name: 'Printer', accountId, grantTypes: ['client_credentials'], redirectUris: [], scopes: ['notes:read'], audiences: [API] }
  const { status, body } = await asRoot(latchwork, 'POST', '/v1/clients', asked)
  assert.equal(status, 201, JSON.stringify(body))
  const basic = Buffer.from(`${body.client.id}:${body.secret}`).toString('base64')
  const fields = { grant_type: 'client_credentials', scope: 'notes:read', resource: API }
  return () => latchwork.form('/token', fields, { authorization: `Basic ${basic}` })
}

describeOnEachEngine('accounts', (start) => {
  it('R1: 20 calls with one Idempotency-Key at once make one account', async (t) => {
    const latchwork = await start(t)
    const send = (name: string) => asRoot(latchwork, 'POST', '/v1/accounts', { name }, { 'idempotency-key': 'acme' })
    const answers = await Promise.all(Array.from({ length: 20 }, () => send('Acme')))
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [201])
    assert.equal(new Set(answers.map(({ body }) => body.id)).size, 1)
    assert.equal(answers.filter(({ headers }) => headers.get('idempotency-replayed') === null).length, 1)
    refuses(await send('Other'), 409, 'idempotency_key_reused')
    const { items } = (await asRoot(latchwork, 'GET', '/v1/events?type=account.created&limit=100')).body
    assert.equal(items.filter((event: { accountId: string }) => event.accountId === answers[0]?.body.id).length, 1)
  })

  it('K18: are paged newest first, read and renamed; what is not there is not found', async (t) => {
    const latchwork = await start(t)
    const made: string[] = []
    for (let number = 0; number < 5; number++) {
      made.push((await asRoot(latchwork, 'POST', '/v1/accounts', { name: `Acme ${number}` })).body.id)
      latchwork.advance(1000)
    }
    const seen: string[] = []
    let after = ''
    for (let pages = 0; pages < 20; pages++) {
      const { body } = await asRoot(latchwork, 'GET', `/v1/accounts?limit=2${after}`)
      seen.push(...body.items.map(({ id }: { id: string }) => id))
      if (body.next === undefined) break
      after = `&after=${encodeURIComponent(body.next)}`
    }
    assert.equal(new Set(seen).size, seen.length)
    assert.deepEqual(
      seen.filter((id) => made.includes(id)),
      made.toReversed(),
    )
    const [id = ''] = made
    assert.equal((await asRoot(latchwork, 'PATCH', `/v1/accounts/${id}`, { name: ' Acme Ltd ' })).body.name, 'Acme Ltd')
    assert.equal((await asRoot(latchwork, 'GET', `/v1/accounts/${id}`)).body.name, 'Acme Ltd')
    refuses(await asRoot(latchwork, 'PATCH', `/v1/accounts/${id}`, { name: '​' }), 400, 'request_malformed', /visible/)
    for (const [method, path, body] of [
      ['GET', '', undefined],
      ['PATCH', '', { name: 'x' }],
      ['POST', '/disable', undefined],
      ['POST', '/enable', undefined],
      ['GET', '/members', undefined],
    ] as const)
      refuses(await asRoot(latchwork, method, `/v1/accounts/acc_0000000000000000000000${path}`, body), 404, 'not_found')
    for (const cursor of [`${after.slice(7)}x`, 'people_dXNy000000', 'accounts_'])
      refuses(await asRoot(latchwork, 'GET', `/v1/accounts?after=${cursor}`), 400, 'request_malformed', /cursor/)
  })

  it('K10 O10 J7: a disabled one stops at once: keys, applications and sign-ins; enabled, they work again; again changes nothing', async (t) => {
    const latchwork = await start(t)
    const device = await signInDevice(latchwork)
    const { sub: userId } = claimsOf(device.accessToken)
    const accountId: string = (await asRoot(latchwork, 'GET', `/v1/people/${userId}`)).body.accountId
    const ask = await applicationOf(latchwork, accountId)
    const [key, other] = [await make(latchwork, accountId), await make(latchwork, await newAccount(latchwork))]
    const token = (await ask()).body.access_token
    const meStatus = async () => (await latchwork.call('GET', '/v1/me/consents', { bearer: device.accessToken })).status
    assert.deepEqual([await works(latchwork, key.secret), await isActive(latchwork, token), await meStatus()], [true, true, 200])
    const { feed } = latchwork.server.installation.store
    const before = await feed.head()

    for (let round = 0; round < 2; round++) assert.equal((await change(latchwork, accountId, 'disable')).status, 204)
    assert.deepEqual([await works(latchwork, key.secret), await isActive(latchwork, token), await meStatus()], [false, false, 401])
    assert.equal(await works(latchwork, other.secret), true, 'nobody else’s')
    refuses(await ask(), 401, 'invalid_client')
    assert.notEqual((await device.browser.get(`${latchwork.issuer}/account`)).status, 200)
    assert.deepEqual(
      (await feed.read(before, 100)).map(({ lifeline }) => lifeline),
      [`account:${accountId}`],
    )
    const found = (await asRoot(latchwork, 'GET', `/v1/accounts/${accountId}`)).body
    assert.ok(Math.abs(Date.parse(found.disabledAt) - latchwork.now()) < 60_000)

    for (let round = 0; round < 2; round++) assert.equal((await change(latchwork, accountId, 'enable')).status, 204)
    assert.deepEqual([await works(latchwork, key.secret), await isActive(latchwork, token)], [true, true])
    assert.equal((await ask()).status, 200)
    assert.equal((await device.browser.get(`${latchwork.issuer}/account`)).status, 200)
    for (const type of ['account.disabled', 'account.enabled']) {
      const { items } = (await asRoot(latchwork, 'GET', `/v1/events?type=${type}`)).body
      assert.equal(items.filter((event: { accountId: string }) => event.accountId === accountId).length, 1)
    }
  })

  it('K14: members are listed, with who owns the account', async (t) => {
    const latchwork = await start(t)
    const [owner, guest] = [await newPerson(latchwork), await newPerson(latchwork)]
    const at = `/v1/accounts/${owner.accountId}/members`
    assert.equal((await asRoot(latchwork, 'POST', at, { userId: guest.userId })).status, 201)
    const [first, second] = [(await asRoot(latchwork, 'GET', `${at}?limit=1`)).body, (await asRoot(latchwork, 'GET', at)).body]
    assert.equal(first.items.length, 1)
    const rest = (await asRoot(latchwork, 'GET', `${at}?limit=1&after=${encodeURIComponent(first.next)}`)).body
    assert.deepEqual([...first.items, ...rest.items], second.items)
    const roles = Object.fromEntries(second.items.map(({ userId, role }: { userId: string; role: string }) => [userId, role]))
    assert.deepEqual(roles, { [owner.userId]: 'owner', [guest.userId]: 'member' })
  })

  it('J12: people are listed and found by address, disabled ones too', async (t) => {
    const latchwork = await start(t)
    const person = await newPerson(latchwork)
    const { email } = (await asRoot(latchwork, 'GET', `/v1/people/${person.userId}`)).body
    await asRoot(latchwork, 'POST', `/v1/people/${person.userId}/disable`)
    const { items } = (await asRoot(latchwork, 'GET', `/v1/people?email=${email.toUpperCase()}`)).body
    assert.deepEqual(
      items.map(({ id, accountId, operator, disabledAt }: Record<string, unknown>) => [id, accountId, operator, typeof disabledAt]),
      [[person.userId, person.accountId, false, 'string']],
    )
    assert.ok((await asRoot(latchwork, 'GET', '/v1/people')).body.items.some(({ id }: { id: string }) => id === person.userId))
    refuses(await asRoot(latchwork, 'GET', '/v1/people/usr_0000000000000000000000'), 404, 'not_found')
    refuses(await asRoot(latchwork, 'GET', '/v1/people?email=nobody'), 400, 'identifier_invalid')
  })
})
