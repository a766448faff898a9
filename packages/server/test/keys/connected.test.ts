import assert from 'node:assert/strict'
import { it } from 'node:test'
import { authorize, takeBack } from '../kit/authorize.ts'
import { onEachEngine } from '../kit/shared.ts'
import { refuses, testClients } from '../kit/start-latchwork.ts'
import { asRoot, eventsOf, known, works } from './calls.ts'

onEachEngine(
  'connected accounts',
  (rigOf) => {
    it('K17: a key born from a consent has no more than the consent, and dies with it', async () => {
      const latchwork = rigOf()
      const { browser } = await authorize(latchwork)
      const { store } = latchwork.server.installation
      const [granted] = (await asRoot(latchwork, 'GET', '/v1/events?type=consent.given')).body.items
      const consent = await store.oauth.findConsent(granted.userId, testClients.web.id)
      assert.ok(consent !== undefined)
      const asked = { userId: consent.userId, clientId: consent.clientId, name: 'Acme Notes', scopes: ['notes:read'] }
      const connect = (body: object, id = consent.id) => asRoot(latchwork, 'POST', `/v1/consents/${id}/keys`, body)
      refuses(await connect({ ...asked, scopes: ['notes:write'] }), 403, 'scope_exceeds_maker', /notes:write/)
      refuses(await connect(asked, 'con_none'), 404, 'not_found')
      refuses(await connect({ ...asked, clientId: testClients.other.id }), 404, 'not_found')
      refuses(await connect({ ...asked, environment: 'test' }), 400, 'key_invalid', /live environment/)
      const { status, body } = await connect(asked)
      assert.equal(status, 201, JSON.stringify(body))
      assert.match(body.secret, /^rk_live_lw_/)
      const { principal, livesBy } = (await known(latchwork, body.secret)).record
      assert.deepEqual([principal.userId, principal.clientId, body.key.consentId], [consent.userId, consent.clientId, consent.id])
      assert.ok(livesBy.includes(`consent:${consent.id}`))
      const change = (scopes: readonly string[]) => asRoot(latchwork, 'PATCH', `/v1/keys/${body.key.id}`, { scopes })
      refuses(await change(['notes:read', 'notes:write']), 403, 'scope_exceeds_maker', /notes:write/)
      assert.equal((await change(['notes:read'])).status, 200)
      refuses(await asRoot(latchwork, 'PATCH', `/v1/keys/${body.key.id}`, { roles: ['reader'] }), 400, 'key_invalid', /born from a consent/)
      const roles = JSON.stringify(['reader']) // as an older version may have written it
      await latchwork.query(`update api_keys set roles = '${roles}' where id = '${body.key.id}'`)
      assert.deepEqual(
        (await known(latchwork, body.secret)).record.principal.scopes,
        ['notes:read'],
        'a role means what the configuration says, not what the person said',
      )
      const bearer = body.secret
      refuses(await latchwork.call('GET', '/v1/keys', { bearer }), 401, 'credential_invalid') // held in the server's own cache from now on
      const rolled = await asRoot(latchwork, 'POST', `/v1/keys/${body.key.id}/roll`, {})
      assert.deepEqual((await known(latchwork, rolled.body.secret)).record.principal.scopes, ['notes:read'])
      assert.equal(rolled.body.key.consentId, consent.id, 'its successor lives by the same consent')
      assert.deepEqual([await works(latchwork, body.secret), await works(latchwork, rolled.body.secret)], [true, true])
      const once = () => asRoot(latchwork, 'POST', `/v1/consents/${consent.id}/keys`, asked, { 'idempotency-key': 'connect-once' })
      const [first, again] = [await once(), await once()]
      assert.deepEqual(
        [first.status, again.status, again.body.key.id, again.body.secret],
        [201, 201, first.body.key.id, undefined],
        'a call sent again makes one key',
      )
      await takeBack(latchwork, browser)
      assert.deepEqual([await works(latchwork, body.secret), await works(latchwork, rolled.body.secret)], [false, false])
      refuses(await connect(asked), 404, 'not_found', /taken back/)
      const told = (await eventsOf(latchwork, body.key.id)).filter((type) => type.startsWith('key.'))
      assert.deepEqual(told, ['key.created', 'key.changed', 'key.rolled', 'key.revoked'])
    })
  },
  { config: { roles: [{ name: 'reader', scopes: ['notes:read', 'notes:write', 'admin:*'] }] } },
)
