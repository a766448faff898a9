/** `private_key_jwt` (RFC 7523 §3, OpenID Connect Core §9): what a client signed about itself, once. */
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { keysFor } from '@latchwork/oauth'
import * as oauth from 'oauth4webapi'
import { assertedBy, assertionClaims, assertionFields, newClientKey, signingClient } from '../kit/assertion.ts'
import { basic } from '../kit/authorize.ts'
import { describeOnEachEngine, describeOnPostgres } from '../kit/each-engine.ts'
import { goodJws, joseNegatives, jws } from '../kit/jose-negatives.ts'
import { startSecureHost } from '../kit/secure-host.ts'
import { type Answer, declaredClients, type Latchwork, refuses, startLatchwork } from '../kit/start-latchwork.ts'

const key = newClientKey()
const signer = signingClient('signer', key)
const compat = signingClient('compat', key, { profile: 'oidc-compat' })
const clients = [...declaredClients, signer, compat]
const config = { clients, oauth: { profiles: ['oidc-compat'] } }

function ask(latchwork: Latchwork, fields: Readonly<Record<string, string>>, headers = {}): Promise<Answer> {
  return latchwork.form('/token', { grant_type: 'client_credentials', ...fields }, headers)
}

/** A place on the net that counts who comes. */
async function startHost(t: TestContext, answer: () => unknown): Promise<{ readonly url: string; readonly host: string; readonly visits: () => number }> {
  let visits = 0
  const server = createServer((_request, response) => {
    visits += 1
    const content = answer()
    if (content === undefined) response.writeHead(500).end()
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(content))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return { host, url: `http://${host}`, visits: () => visits }
}

describe('client assertions', () => {
  it('O13: a good one passes, with and without client_id, at every endpoint for clients', async (t) => {
    const latchwork = await startLatchwork(t, { config })
    const { status, body } = await ask(latchwork, assertedBy(latchwork, 'signer', key))
    assert.equal(status, 200, JSON.stringify(body))
    assert.equal((await ask(latchwork, { client_id: 'signer', ...assertedBy(latchwork, 'signer', key) })).status, 200)
    const asked = await latchwork.form('/introspect', { token: body.access_token, ...assertedBy(latchwork, 'signer', key) })
    assert.equal(asked.body.active, true)
    assert.equal((await latchwork.form('/revoke', { token: body.access_token, ...assertedBy(latchwork, 'signer', key) })).status, 200)
  })

  it('O13: the JOSE negative matrix: each forgery is 401 invalid_client, alike, and nobody is called', async (t) => {
    const trap = await startHost(t, () => ({}))
    const latchwork = await startLatchwork(t, { config: { ...config, outbound: { allow: [trap.host] } } })
    const good = {
      header: { alg: 'ES256', kid: 'one' },
      claims: () => assertionClaims(latchwork, 'signer'),
      privateKey: key.privateKey,
      trapUrl: trap.url,
    } as const
    assert.equal((await ask(latchwork, assertionFields(goodJws(good)))).status, 200)
    const told = new Set<string>()
    for (const [title, forgery] of Object.entries(joseNegatives(good))) {
      const answer = await ask(latchwork, { client_id: 'signer', ...assertionFields(forgery) })
      assert.deepEqual(
        [answer.status, answer.body.error],
        [title === 'a kid of 100 kB' ? 413 : 401, title === 'a kid of 100 kB' ? 'invalid_request' : 'invalid_client'],
        title,
      )
      if (answer.status === 401) told.add(answer.body.error_description)
    }
    assert.equal(told.size, 1, 'one sentence for all')
    assert.equal(trap.visits(), 0)
  })

  it('O13: iss, sub, aud, exp, iat, nbf, jti and kid: each wrong thing alone, and each pair of them', async (t) => {
    const latchwork = await startLatchwork(t, { config })
    const now = Math.floor(latchwork.now() / 1000)
    const wrong: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
      'another client as iss': { iss: 'machine' },
      'another client as sub': { sub: 'machine' },
      'an unknown client': { iss: 'nobody', sub: 'nobody' },
      'a client of another method': { iss: 'machine', sub: 'machine' },
      'the token endpoint as aud under oauth21': { aud: `${latchwork.issuer}/token` },
      'issuer and token endpoint': { aud: [latchwork.issuer, `${latchwork.issuer}/token`] },
      'the issuer with a slash': { aud: `${latchwork.issuer}/` },
      'nobody as aud': { aud: [] },
      'no aud': { aud: undefined },
      expired: { exp: now - 11 },
      'good for more than an hour': { exp: now + 3660 },
      'from the future': { iat: now + 60 },
      'not yet': { nbf: now + 60 },
      'no jti': { jti: undefined },
      'an empty jti': { jti: '' },
      'a long jti': { jti: 'j'.repeat(257) },
      'a jti that is no text': { jti: 7 },
    }
    const all = Object.entries(wrong)
    for (const [index, [title, one]] of all.entries()) {
      refuses(await ask(latchwork, assertedBy(latchwork, 'signer', key, one)), 401, 'invalid_client')
      for (const [other, two] of all.slice(index + 1)) {
        const answer = await ask(latchwork, assertedBy(latchwork, 'signer', key, { ...one, ...two }))
        assert.deepEqual([answer.status, answer.body.error], [401, 'invalid_client'], `${title} and ${other}`)
      }
    }
    for (const fine of [{ aud: [latchwork.issuer] }, { exp: now - 5 }, { exp: now + 3600 }, { iat: now + 5 }, { iat: now - 300 }, { iat: undefined }])
      assert.equal((await ask(latchwork, assertedBy(latchwork, 'signer', key, fine))).status, 200, JSON.stringify(fine))
  })

  it('O13: another key, another type of assertion, a second method beside it, two names: refused', async (t) => {
    const latchwork = await startLatchwork(t, { config })
    const fresh = () => assertedBy(latchwork, 'signer', key)
    refuses(await ask(latchwork, assertedBy(latchwork, 'signer', newClientKey())), 401, 'invalid_client')
    refuses(await ask(latchwork, assertedBy(latchwork, 'signer', { ...key, jwk: { ...key.jwk, kid: 'two' } })), 401, 'invalid_client')
    refuses(await ask(latchwork, { ...fresh(), client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer' }), 401, 'invalid_client')
    refuses(await ask(latchwork, { client_assertion: fresh()['client_assertion'] ?? '' }), 401, 'invalid_client')
    refuses(await ask(latchwork, { client_id: 'machine', ...fresh() }), 401, 'invalid_client')
    refuses(await ask(latchwork, { client_secret: 'x', ...fresh() }), 401, 'invalid_client')
    const both = await ask(latchwork, fresh(), basic('machine'))
    refuses(both, 401, 'invalid_client')
    assert.match(both.headers.get('www-authenticate') ?? '', /^Basic/)
    refuses(await ask(latchwork, { client_id: 'signer' }), 401, 'invalid_client')
  })

  it('O13: under oidc-compat the token endpoint is an audience too; with the profile switched off it is none again', async (t) => {
    const latchwork = await startLatchwork(t, { config })
    for (const aud of [latchwork.issuer, `${latchwork.issuer}/token`, [latchwork.issuer, `${latchwork.issuer}/token`]])
      assert.equal((await ask(latchwork, assertedBy(latchwork, 'compat', key, { aud }))).status, 200)
    for (const aud of [`${latchwork.issuer}/revoke`, [latchwork.issuer, 'https://other.example']])
      refuses(await ask(latchwork, assertedBy(latchwork, 'compat', key, { aud })), 401, 'invalid_client')
  })

  it('O13: a registered algorithm is the only one', async (t) => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const keys = [key.jwk, publicKey.export({ format: 'jwk' })]
    const pinned = signingClient('pinned', key, { settings: { jwks: { keys }, tokenEndpointAuthSigningAlg: 'PS256' } })
    const latchwork = await startLatchwork(t, { config: { clients: [pinned] } })
    refuses(await ask(latchwork, assertedBy(latchwork, 'pinned', key)), 401, 'invalid_client')
  })

  it('O13: keys at jwks_uri are remembered; a new kid is looked for once; an outage does not wipe them (8.6)', async (t) => {
    const [old, young] = [newClientKey('old'), newClientKey('young')]
    let published: unknown = { keys: [old.jwk] }
    const host = await startHost(t, () => published)
    const remote = signingClient('remote', old, { settings: { jwksUri: `https://${host.host}/jwks` } })
    const latchwork = await startLatchwork(t, { config: { clients: [remote] } })
    refuses(await ask(latchwork, assertedBy(latchwork, 'remote', old)), 503, 'temporarily_unavailable') // a private address, not allowed
    assert.equal(host.visits(), 0)
    assert.match(latchwork.log.join('\n'), /its jwks_uri was not read: address_refused/)

    const { oauth: room } = (await startLatchwork(t, { config: { outbound: { allow: [host.host] } } })).server.installation
    const client = { settings: { jwksUri: `${host.url}/jwks` } } as Parameters<typeof room.clientKeys.find>[0]
    const kids = async (kid: string, now: number) =>
      (await room.clientKeys.find(client, (keys) => keysFor(keys, { alg: 'ES256', kid }), now)).map((found) => found['kid'])
    assert.deepEqual(await kids('old', 0), ['old'])
    assert.deepEqual(await Promise.all([kids('old', 1000), kids('old', 1000)]), [['old'], ['old']])
    assert.equal(host.visits(), 1)
    published = { keys: [old.jwk, young.jwk] }
    assert.deepEqual(await Promise.all(Array.from({ length: 20 }, () => kids('young', 1000))), Array(20).fill(['young']))
    assert.equal(host.visits(), 2, 'all shared one fetch')
    assert.deepEqual(await kids('none', 4999), [])
    assert.equal(host.visits(), 2, 'two in five seconds')
    assert.deepEqual(await kids('none', 6000), [])
    assert.equal(host.visits(), 3)
    published = undefined
    assert.deepEqual(await kids('young', 6000 + 11 * 60_000), ['young'], 'stale, but believed')
    await assert.rejects(kids('young', 6000 + 61 * 60_000), { code: 'client_keys_unreachable' }, 'not for ever')
  })

  it('O13: while the keys at jwks_uri cannot be read, who may be the client gets 503 and uses nothing up; a stranger, and who is not the client by what was read, gets 401', async (t) => {
    let published: unknown
    const host = await startSecureHost(t, () => published)
    const remote = signingClient('remote', key, { settings: { jwksUri: `${host.url}/jwks` } })
    const latchwork = await startLatchwork(t, { config: { clients: [remote], outbound: host.outbound } })
    const fields = assertedBy(latchwork, 'remote', key)
    const all = await Promise.all(Array.from({ length: 20 }, () => ask(latchwork, fields)))
    for (const answer of all) {
      refuses(answer, 503, 'temporarily_unavailable', /jwks_uri/)
      assert.deepEqual([answer.headers.get('retry-after'), answer.headers.get('www-authenticate')], ['5', null])
      assert.doesNotMatch(answer.body.error_description, /localhost|500/, 'why stands in the log alone')
    }
    assert.equal(host.visits(), 1, 'its host is left alone')
    const lines = latchwork.log.map((line) => JSON.parse(line)).filter(({ code }) => code === 'client_keys_unreachable')
    assert.deepEqual([lines[0].reason, lines[0].clientId, lines[0].level], ['its jwks_uri was not read: answered 500', 'remote', 20 /* debug */])
    // Names, forms and claims are judged before.
    refuses(await ask(latchwork, assertedBy(latchwork, 'nobody', key)), 401, 'invalid_client')
    refuses(await ask(latchwork, assertedBy(latchwork, 'remote', key, { aud: 'https://elsewhere.example' })), 401, 'invalid_client')
    refuses(await ask(latchwork, { client_id: 'remote', client_secret: 'x' }), 401, 'invalid_client')

    published = { keys: [newClientKey('another').jwk] }
    latchwork.advance(5000)
    refuses(await ask(latchwork, fields), 401, 'invalid_client')
    assert.equal(host.visits(), 3, 'looked once more for the key')
    published = { keys: [key.jwk] }
    latchwork.advance(5000)
    assert.equal((await ask(latchwork, fields)).status, 200, 'the assertion was not used up')
  })

  it('O13: weak keys, private keys, secrets and keys for encryption are not registered, or not used', async (t) => {
    const latchwork = await startLatchwork(t, { config })
    const rsa = (bits: number, exponent = 65_537) =>
      generateKeyPairSync('rsa', { modulusLength: bits, publicExponent: exponent }).publicKey.export({ format: 'jwk' }) as Record<string, unknown>
    const strong = rsa(2048)
    const refused: Readonly<Record<string, unknown>> = {
      'RSA of 1024 bits': rsa(1024),
      'e = 1': { ...strong, e: 'AQ' },
      'an even e': { ...strong, e: 'Ag' },
      'a private key': key.privateKey.export({ format: 'jwk' }),
      'a secret': { kty: 'oct', k: 'AAAA' },
      'no kty': { kid: 'x' },
      'a kty of another day': { kty: 'AKP', alg: 'ML-DSA-44', pub: 'AAAA' },
    }
    const make = (keys: readonly unknown[]) =>
      latchwork.call('POST', '/v1/clients', { bearer: latchwork.rootKey, body: { ...signer, id: undefined, settings: { jwks: { keys } } } })
    for (const [title, jwk] of Object.entries(refused)) {
      const { status, body } = await make([jwk])
      assert.deepEqual([status, body.code], [400, 'client_invalid'], title)
    }
    for (const [title, jwk] of Object.entries(refused).filter(([name]) => !['no kty', 'a kty of another day'].includes(name))) {
      const { status, body } = await make([key.jwk, jwk])
      assert.deepEqual([status, body.code], [400, 'client_invalid'], `${title}, beside a good one`)
    }
    const { body } = await make([newClientKey('other').jwk, { ...key.jwk, use: 'enc' }])
    refuses(await ask(latchwork, assertedBy(latchwork, body.client.id, key)), 401, 'invalid_client')
  })

  it('O13: a key of a kty that is not understood is ignored beside one that is (RFC 7517 §5)', async (t) => {
    const latchwork = await startLatchwork(t, { config })
    for (const stranger of [{ kty: 'AKP', alg: 'ML-DSA-44', pub: 'AAAA', kid: key.jwk['kid'] }, { kty: 'rsa' }, { kid: 'none' }, { kty: 7 }]) {
      const jwks = { keys: [stranger, key.jwk] }
      const { status, body } = await latchwork.call('POST', '/v1/clients', {
        bearer: latchwork.rootKey,
        body: { ...signer, id: undefined, settings: { jwks } },
      })
      assert.equal(status, 201, `${JSON.stringify(stranger)}: ${JSON.stringify(body)}`)
      assert.equal((await ask(latchwork, assertedBy(latchwork, body.client.id, key))).status, 200)
    }
  })

  it('O13: oauth4webapi proves itself so', async (t) => {
    const { privateKey, publicKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
    const jwk = { ...(await crypto.subtle.exportKey('jwk', publicKey)), kid: 'theirs', key_ops: ['verify'] } as Record<string, unknown>
    const theirs = signingClient('theirs', key, { settings: { jwks: { keys: [jwk] } } })
    const latchwork = await startLatchwork(t, { config: { clients: [theirs] } })
    const options = { [oauth.allowInsecureRequests]: true } as const
    const issuer = new URL(latchwork.issuer)
    const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options))
    const client = { client_id: 'theirs' }
    const response = await oauth.clientCredentialsGrantRequest(
      server,
      client,
      oauth.PrivateKeyJwt({ key: privateKey, kid: 'theirs' }),
      { scope: 'notes:read' },
      options,
    )
    const tokens = await oauth.processClientCredentialsResponse(server, client, response)
    assert.equal(tokens.scope, 'notes:read')
  })
})

const MANY = 20
const fails = (answers: readonly Answer[]) => answers.filter(({ status, body }) => status === 401 && body.error === 'invalid_client').length

describeOnEachEngine('one assertion many times', (start) => {
  it(`O13 R1: ${MANY} at once: one success`, async (t) => {
    const latchwork = await start(t, { config })
    for (const id of ['signer', 'compat']) {
      const fields = assertedBy(latchwork, id, key, { jti: `the same for both ${latchwork.issuer}` })
      const answers = await Promise.all(Array.from({ length: MANY }, () => ask(latchwork, fields)))
      assert.equal(answers.filter(({ status }) => status === 200).length, 1, `the jti of another client is another: ${id}`)
      assert.equal(fails(answers), MANY - 1)
    }
  })

  it('O13: a forged one burns no jti, and one that was used is remembered until time refuses it', async (t) => {
    const latchwork = await start(t, { config })
    const claims = assertionClaims(latchwork, 'signer')
    refuses(await ask(latchwork, assertionFields(jws({ alg: 'ES256', kid: 'one' }, claims, newClientKey().privateKey))), 401, 'invalid_client')
    const good = assertionFields(jws({ alg: 'ES256', kid: 'one' }, claims, key.privateKey))
    assert.equal((await ask(latchwork, good)).status, 200)
    latchwork.advance(65_000)
    await latchwork.server.installation.clientChores.run()
    refuses(await ask(latchwork, good), 401, 'invalid_client')
  })

  it('O13 R5: one that was used is not good again where the clock was ahead for a while', async (t) => {
    const latchwork = await start(t, { config })
    const good = assertionFields(jws({ alg: 'ES256', kid: 'one' }, assertionClaims(latchwork, 'signer'), key.privateKey))
    assert.equal((await ask(latchwork, good)).status, 200)
    latchwork.advance(3_600_000)
    await latchwork.server.installation.clientChores.run()
    latchwork.advance(-3_600_000)
    refuses(await ask(latchwork, good), 401, 'invalid_client')
  })
})

describeOnPostgres('one assertion at three servers', (start, databaseUrl) => {
  it(`O13 R1: ${MANY} at once over all: one success`, async (t) => {
    // One issuer for all three, as behind a balancer: the assertion is for that.
    const first = await start(t, { config })
    const others = await Promise.all([1, 2].map(() => startLatchwork(t, { postgres: databaseUrl(), config })))
    const nodes = [first, ...others]
    const used = await Promise.all(
      Array.from({ length: MANY }, (_, index) => nodes[index % 3]?.server.installation.oauth.store.useAssertion('signer', 'one for all', first.now() + 60_000)),
    )
    assert.equal(used.filter((won) => won === true).length, 1)
  })
})
