import assert from 'node:assert/strict'
import { it } from 'node:test'
import { eventTypes, mintKey } from '@latchwork/kernel'
import { authorize, redeem, refresh } from '../kit/authorize.ts'
import { claimsOf, newEmail, password, signInDevice } from '../kit/front-end.ts'
import { onEachEngine, type Rig, startOn } from '../kit/shared.ts'

// biome-ignore lint/suspicious/noExplicitAny: events as they are on the wire
type Wire = any

async function eventsAt(rig: Rig, query: string): Promise<readonly Wire[]> {
  const events: Wire[] = []
  for (let after: string | undefined = ''; after !== undefined; ) {
    const { body } = await rig.call('GET', `/v1/events?limit=100&${query}${after === '' ? '' : `&after=${after}`}`, { bearer: rig.rootKey })
    events.push(...body.items)
    after = body.next
  }
  return events
}

onEachEngine('the event log', (rigOf, engine) => {
  it('E1: each act leaves its event: who, what, where, which credential', async () => {
    const rig = rigOf()
    const { rootKey: bearer } = rig
    const headers = { 'user-agent': 'test/1.0' }
    const made = (await rig.call('POST', '/v1/keys', { bearer, headers, body: { accountId: 'acc_test', name: 'x' } })).body
    await rig.call('DELETE', `/v1/keys/${made.key.id}`, { bearer, headers })
    const account = (await rig.call('POST', '/v1/accounts', { bearer, headers, body: { name: 'x' } })).body
    const root = (await rig.call('POST', '/v1/root-keys', { bearer, headers, body: { name: 'x', scopes: ['keys:read'] } })).body
    await rig.call('DELETE', `/v1/root-keys/${root.rootKey.id}`, { bearer, headers })
    const client = (
      await rig.call('POST', '/v1/clients', {
        bearer,
        headers,
        body: { name: 'x', grantTypes: ['client_credentials'], audiences: ['https://api.example.test'] },
      })
    ).body
    await rig.call('DELETE', `/v1/clients/${client.client.id}`, { bearer, headers })
    const device = await signInDevice(rig)
    const { sub: userId, sid: sessionId } = claimsOf(device.accessToken)
    await device.post('/v1/sessions/refresh')
    await device.post('/v1/sessions/sign-out')
    const authorization = await authorize(rig, { scope: 'openid notes:read offline_access' })
    const tokens = (await redeem(rig, authorization)).body
    await refresh(rig, tokens.refresh_token)
    await redeem(rig, authorization)

    const rows: readonly [string, string, Readonly<Record<string, unknown>>][] = [
      ['key.created', `credentialId=${made.key.id}`, { accountId: 'acc_test', fingerprint: made.key.fingerprint }],
      ['key.revoked', `credentialId=${made.key.id}`, { accountId: 'acc_test', fingerprint: made.key.fingerprint, reason: 'revoked' }],
      ['root_key.created', `credentialId=${root.rootKey.id}`, { fingerprint: root.rootKey.fingerprint }],
      ['root_key.revoked', `credentialId=${root.rootKey.id}`, {}],
      ['client.created', `clientId=${client.client.id}`, {}],
      ['client.disabled', `clientId=${client.client.id}`, {}],
      ['user.created', `userId=${userId}`, {}],
      ['user.signed_in', `userId=${userId}`, { sessionId }],
      ['session.refreshed', `userId=${userId}`, { sessionId }],
      ['session.ended', `userId=${userId}`, { sessionId, reason: 'signed_out' }],
    ]
    for (const [type, filter, members] of rows) {
      const [event, ...more] = await eventsAt(rig, `type=${type}&${filter}`)
      assert.deepEqual(more, [], type)
      assert.ok(event, type)
      for (const [name, value] of Object.entries(members)) assert.equal(event[name], value, `${type}: ${name}`)
      assert.match(event.id, /^evt_/)
      assert.ok(Math.abs(Date.parse(event.at) - rig.now()) < 60_000)
      assert.match(event.address, /^(127\.0\.0\.1|::1)$/, type)
      assert.ok(event.userAgent, type)
      assert.equal(event.actor.kind, type.startsWith('user') || type.startsWith('session') ? 'user' : 'root_key', type)
      assert.ok(event.actor.id, type)
    }
    assert.equal((await eventsAt(rig, 'type=account.created')).filter((event) => event.accountId === account.id).length, 1)
    for (const type of ['consent.given', 'code.issued', 'token.issued', 'token.refreshed', 'code.replayed']) {
      const events = await eventsAt(rig, `type=${type}&clientId=app`)
      assert.equal(events.length, 1, type)
      assert.ok(events[0].grantId || type === 'consent.given', type)
    }
  })

  it('E1 K12: a refusal names route, reason, network and the fingerprint of what was presented, never more of it', async () => {
    const rig = rigOf()
    const unknown = mintKey('sk', 'live', 'lw').reveal()
    const email = newEmail()
    await rig.call('POST', '/v1/sessions/sign-up', { body: { email, password } })
    const answers = [
      await rig.call('GET', '/v1/keys', { bearer: unknown }),
      await rig.call('GET', '/v1/keys', { headers: { 'x-api-key': unknown } }),
      await rig.call('GET', '/v1/keys', { bearer: `${unknown}x` }),
      await rig.call('POST', '/v1/sessions/sign-in', { body: { email, password: 'wrong wrong wrong' } }),
      await rig.call('GET', `/v1/keys/${unknown}`, { bearer: rig.rootKey }),
    ]
    await rig.server.installation.refusals.flush()
    const refused = await eventsAt(rig, 'type=request.refused')
    const [known, byHeader, damaged, wrong, missing] = answers.map(({ body }) => refused.find((event) => event.data?.reference === body.reference))
    for (const event of [known, byHeader])
      assert.deepEqual(
        [event?.reason, event?.fingerprint, event?.data.route],
        ['credential_invalid', `${unknown.slice(0, 8)}…${unknown.slice(-4)}`, 'GET /v1/keys'],
      )
    assert.deepEqual([damaged?.reason, damaged?.fingerprint], ['credential_malformed', undefined])
    assert.deepEqual([wrong?.reason, wrong?.data.why, typeof wrong?.userId], ['sign_in_failed', 'wrong_password', 'string'])
    assert.equal(missing?.data.route, 'GET /v1/keys/:id', 'the pattern, not the address')
    assert.ok(!JSON.stringify(refused).includes(unknown.slice(11, 24)))
    for (const [index, { body }] of answers.entries()) {
      const byReference = await eventsAt(rig, `reference=${body.reference}`)
      assert.equal(byReference.length, 1, `the reference of answer ${index} leads to its cause`)
      assert.equal(byReference[0]?.data.reference, body.reference)
    }
    assert.deepEqual(await eventsAt(rig, 'reference=none'), [])
    assert.equal((await rig.call('GET', `/v1/events?reference=${'x'.repeat(257)}`, { bearer: rig.rootKey })).status, 400)
  })

  it('E1 K12: the refusal of a caller who was proven names them, and no fingerprint beside the id of another credential', async (t) => {
    const rig = await startOn(t, engine) // its first refusals: later ones of a minute are only counted
    const scopes = ['keys:read', 'keys:write', 'credentials:verify']
    const { rootKey, secret } = (await rig.call('POST', '/v1/root-keys', { bearer: rig.rootKey, body: { name: 'x', scopes } })).body
    const asked = (method: string, path: string, body?: unknown) => rig.call(method, path, { bearer: secret, ...(body === undefined ? {} : { body }) })
    const { key } = (await asked('POST', '/v1/keys', { accountId: 'acc_test', name: 'x' })).body
    await asked('DELETE', `/v1/keys/${key.id}`)
    const person = await signInDevice(rig)
    const answers = [
      await asked('POST', `/v1/keys/${key.id}/roll`, {}),
      await asked('GET', '/v1/keys/key_nowhere'),
      await asked('POST', '/v1/keys/verify', { key: 'x', address: 'nowhere' }),
      await asked('POST', '/v1/root-keys', { name: 'x', scopes: [] }),
      await rig.call('DELETE', '/v1/me/tokens/key_nowhere', { bearer: person.accessToken }),
    ]
    await rig.server.installation.refusals.flush()
    const refused = await eventsAt(rig, 'type=request.refused')
    const told = answers.map(({ body }) => refused.find((event) => event.data?.reference === body.reference))
    const [ofRoot, itself] = [{ kind: 'root_key', id: rootKey.id }, `${secret.slice(0, 8)}…${secret.slice(-4)}`]
    assert.deepEqual(
      told.map((event) => [event?.reason, event?.actor, event?.credentialId, event?.fingerprint]),
      [
        ['key_ended', ofRoot, key.id, undefined],
        ['not_found', ofRoot, undefined, itself],
        ['request_malformed', ofRoot, undefined, itself],
        ['scope_insufficient', ofRoot, rootKey.id, itself],
        ['not_found', { kind: 'user', id: claimsOf(person.accessToken).sub }, undefined, undefined],
      ],
    )
  })

  it('E1: of many alike the first ten are written singly and the rest counted, so that nobody fills the disk', async (t) => {
    const rig = await startOn(t, engine)
    for (let n = 0; n < 60; n++) await rig.call('GET', '/v1/keys', { bearer: mintKey('sk', 'live', 'lw').reveal() })
    rig.advance(60_000)
    await rig.call('GET', '/v1/keys')
    await rig.server.installation.refusals.flush()
    const refused = (await eventsAt(rig, 'type=request.refused')).filter((event) => event.reason === 'credential_invalid')
    const counted = refused.filter((event) => event.data?.count !== undefined)
    assert.equal(refused.length - counted.length + counted.reduce((sum, event) => sum + event.data.count, 0), 60)
    assert.ok(refused.length - counted.length <= 20 && counted.length <= 2, `${refused.length} events`) // the minute may have turned in between
  })

  it('E1: types that are none, and ids without end, are refused; every type that was written is in the table', async () => {
    const rig = rigOf()
    for (const query of ['type=x', 'type=__proto__', 'type=toString', 'userId=', `userId=${'a'.repeat(300)}`, 'unknown=1', 'type=key.created&type=key.revoked'])
      assert.equal((await rig.call('GET', `/v1/events?${query}`, { bearer: rig.rootKey })).status, 400, query)
    const types = new Set((await eventsAt(rig, '')).map((event) => event.type))
    for (const type of types) assert.ok(Object.hasOwn(eventTypes, type), type)
    assert.ok(types.size > 12)
  })
})
