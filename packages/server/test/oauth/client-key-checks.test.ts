/** Keys that a client gives by value: what could never work is refused where it is registered, by each way in. */
import assert from 'node:assert/strict'
import { generateKeyPairSync, webcrypto } from 'node:crypto'
import { describe, it } from 'node:test'
import { compactDecrypt } from 'jose'
import { problemsOf, wrong } from '../config/refused.ts'
import { newClientKey } from '../kit/assertion.ts'
import { signUp } from '../kit/authorize.ts'
import { selfSignedClient } from '../kit/certificate.ts'
import { signInDevice } from '../kit/front-end.ts'
import { shared } from '../kit/shared.ts'
import { API, startLatchwork } from '../kit/start-latchwork.ts'
import { clientOf, startWith, tokensFor } from '../kit/token-clients.ts'

type Members = Readonly<Record<string, unknown>>

const publicOf = ({ publicKey }: { readonly publicKey: { readonly export: (options: { readonly format: 'jwk' }) => object } }): Members => ({
  ...publicKey.export({ format: 'jwk' }),
})
const ec = (namedCurve: string): Members => publicOf(generateKeyPairSync('ec', { namedCurve }))
const rsa = publicOf(generateKeyPairSync('rsa', { modulusLength: 2048 }))
const ed25519 = publicOf(generateKeyPairSync('ed25519'))
const x25519 = publicOf(generateKeyPairSync('x25519'))
const p256 = ec('P-256')

/** The member with its octets changed. */
function changed(jwk: Members, name: string, change: (octets: Buffer) => Buffer): Members {
  return { ...jwk, [name]: change(Buffer.from(String(jwk[name]), 'base64url')).toString('base64url') }
}
const shorter = (octets: Buffer) => octets.subarray(1)
const longer = (octets: Buffer) => Buffer.concat([Buffer.from([0]), octets])
const other = (octets: Buffer) => Buffer.concat([octets.subarray(0, -1), Buffer.from([(octets.at(-1) ?? 0) ^ 1])])

interface Wish {
  readonly authenticationMethod?: string
  readonly settings: Members
}
const signs = (keys: readonly Members[], settings: Members = {}): Wish => ({
  authenticationMethod: 'private_key_jwt',
  settings: { jwks: { keys }, ...settings },
})
const shows = (keys: readonly Members[]): Wish => ({ authenticationMethod: 'self_signed_tls_client_auth', settings: { jwks: { keys } } })
const reads = (member: string, alg: string, keys: readonly Members[]): Wish => ({ settings: { jwks: { keys }, [member]: { alg, enc: 'A256GCM' } } })

const certificate = selfSignedClient({ subject: [['CN', 'alone']] })
const x5c = [certificate.raw.toString('base64')]
const own: Members = { ...certificate.jwk, x5c }

const refused: readonly (readonly [string, Wish, RegExp])[] = [
  ['an x that is too short', signs([changed(p256, 'x', shorter)]), /^jwks .*key at 0 .*x of 31 octets.*32/],
  ['a y that is too long', signs([changed(p256, 'y', longer)]), /^jwks .*y of 33 octets/],
  ['no y', signs([{ ...p256, y: undefined }]), /^jwks .*no y/],
  ['a point beside its curve', signs([changed(p256, 'y', other)]), /^jwks .*no point of P-256/],
  ['a point beside a greater curve, after a good key', signs([p256, changed(ec('P-521'), 'x', other)]), /^jwks .*key at 1 .*no point of P-521/],
  ['a point of another curve', signs([{ ...ec('secp256k1'), crv: 'P-256' }]), /^jwks .*no point of P-256/],
  ['an Ed25519 key that is too short', signs([changed(ed25519, 'x', shorter)]), /^jwks .*x of 31 octets/],
  ['an X25519 key that is too long', reads('idTokenEncryption', 'ECDH-ES', [changed(x25519, 'x', longer)]), /^jwks .*x of 33 octets/],
  ['a curve that no assertion uses', signs([ec('P-521'), ec('secp256k1'), x25519]), /^jwks holds no key that verifies assertions.*private_key_jwt/],
  ['a key for encryption alone', signs([{ ...p256, use: 'enc' }]), /^jwks holds no key that verifies/],
  ['a key that may not verify', signs([{ ...p256, key_ops: ['deriveBits'] }]), /^jwks holds no key that verifies/],
  ['a key for an algorithm that nobody takes', signs([{ ...rsa, alg: 'RS512' }]), /^jwks holds no key that verifies/],
  ['a key that the registered algorithm cannot use', signs([p256, rsa], { tokenEndpointAuthSigningAlg: 'Ed25519' }), /^jwks .*signed by Ed25519,/],
  ['no certificate', shows([p256]), /^jwks holds no key with its certificate/],
  ['a certificate that cannot be read', shows([{ ...own, x5c: ['AAAA'] }]), /x5c/],
  ['a certificate in PEM', shows([{ ...own, x5c: [Buffer.from(certificate.pem).toString('base64')] }]), /base64 of DER/],
  ['a certificate of another key (RFC 7517 §4.7)', shows([{ ...p256, x5c }]), /x5c of its own key/],
  ['an x5c that is no list', shows([{ ...own, x5c: x5c[0] }]), /x5c/],
  [
    'no key for an ID token',
    reads('idTokenEncryption', 'RSA-OAEP-256', [p256]),
    /^idTokenEncryption \(id_token_encrypted_response_alg\) is RSA-OAEP-256.*an RSA key/,
  ],
  ['no key for UserInfo', reads('userInfoEncryption', 'ECDH-ES', [rsa, ed25519]), /^userInfoEncryption \(userinfo_encrypted_response_alg\) is ECDH-ES.*EC key/],
  ['a key for signatures alone', reads('introspectionEncryption', 'ECDH-ES', [{ ...p256, use: 'sig' }]), /^introspectionEncryption \(introspection_encrypted_/],
  ['a key that may only verify', reads('idTokenEncryption', 'RSA-OAEP', [{ ...rsa, key_ops: ['verify'] }]), /^idTokenEncryption/],
]

const taken: readonly (readonly [string, Wish])[] = [
  ...['P-256', 'P-384'].map((curve) => [`an EC key on ${curve}`, signs([ec(curve)])] as const),
  ['an RSA key', signs([rsa])],
  ['an Ed25519 key under its old name', signs([{ ...ed25519, alg: 'EdDSA' }], { tokenEndpointAuthSigningAlg: 'Ed25519' })],
  ['one that fits among others', signs([ec('P-521'), { ...rsa, use: 'enc' }, x25519, p256])],
  ['one that fits beside a kty of another day', signs([{ kty: 'AKP', alg: 'ML-DSA-44', pub: 'AAAA' }, p256])],
  ['a curve of another day beside it', signs([{ kty: 'EC', crv: 'P-1024', x: 'AAAA' }, p256])],
  ['a certificate with its key', shows([p256, own])],
  ...['P-256', 'P-384', 'P-521'].map((curve) => [`${curve} to encrypt for`, reads('idTokenEncryption', 'ECDH-ES', [{ ...ec(curve), use: 'enc' }])] as const),
  ['X25519 to encrypt for', reads('userInfoEncryption', 'ECDH-ES+A128KW', [x25519])],
  ['RSA to encrypt for', reads('introspectionEncryption', 'RSA-OAEP', [{ ...rsa, key_ops: ['wrapKey'] }])],
]

const machine = { name: 'Checked', grantTypes: ['client_credentials'], redirectUris: [], scopes: ['notes:read'], audiences: [API] }

describe('keys by value', () => {
  const registration = { mode: 'open', scopes: ['openid'], audiences: [API], perAddressPerHour: 1000 }
  const applications = { maxPerPerson: 99, scopes: ['openid', 'notes:read'], audiences: [API] }
  const latchworkOf = shared((t) => startLatchwork(t, { config: { registration, applications, oauth: { mtls: { enabled: true } } } }))
  const make = (wish: Wish) => latchworkOf().call('POST', '/v1/clients', { bearer: latchworkOf().rootKey, body: { ...machine, ...wish } })

  for (const [what, wish, sentence] of refused)
    it(`O13: are refused: ${what}`, async () => {
      const { status, body } = await make(wish)
      assert.deepEqual([status, body.code], [400, 'client_invalid'], JSON.stringify(body))
      assert.match(body.detail, sentence)
    })

  for (const [what, wish] of taken)
    it(`O13: are taken: ${what}`, async () => {
      const { status, body } = await make(wish)
      assert.equal(status, 201, JSON.stringify(body))
    })

  it('O13 O15: are judged the same at dynamic registration (RFC 7591 §3.2.2), by a developer, in a change, and in the configuration', async () => {
    const latchwork = latchworkOf()
    const jwks = { keys: [{ ...p256, use: 'enc' }] }
    const metadata = { redirect_uris: ['https://app.example.test/cb'], token_endpoint_auth_method: 'private_key_jwt' }
    const dynamic = await latchwork.call('POST', '/register', { body: { ...metadata, jwks } })
    assert.deepEqual([dynamic.status, dynamic.body.error], [400, 'invalid_client_metadata'])
    assert.match(dynamic.body.error_description, /^jwks holds no key that verifies/)
    const good = await latchwork.call('POST', '/register', { body: { ...metadata, jwks: { keys: [p256] } } })
    assert.equal(good.status, 201, JSON.stringify(good.body))
    const again = { bearer: good.body.registration_access_token, body: { ...metadata, client_id: good.body.client_id, jwks } }
    assert.equal((await latchwork.call('PUT', new URL(good.body.registration_client_uri).pathname, again)).body.error, 'invalid_client_metadata')

    const { accessToken: bearer } = await signInDevice(latchwork)
    const mine = { name: 'Mine', redirectUris: ['https://mine.test/cb'], authenticationMethod: 'private_key_jwt', settings: { jwks } }
    assert.equal((await latchwork.call('POST', '/v1/me/applications', { bearer, body: mine })).body.code, 'client_invalid')

    const { body: made } = await make(signs([p256]))
    const change = { settings: { tokenEndpointAuthSigningAlg: 'PS256' } }
    const refusedChange = await latchwork.call('PATCH', `/v1/clients/${made.client.id}`, { bearer: latchwork.rootKey, body: change })
    assert.deepEqual([refusedChange.status, refusedChange.body.code], [400, 'client_invalid'])

    const declared = { id: 'job', ...machine, scopes: [], audiences: [], authenticationMethod: 'private_key_jwt', settings: { jwks } }
    const [problem] = await problemsOf(wrong({ clients: [declared] }))
    assert.equal(problem?.option, 'clients[0].settings')
    assert.match(problem?.fault ?? '', /^jwks holds no key that verifies/)
  })

  it('O13: a client that was stored with such keys before is still there: it is read and ended as any other, and mended by a change', async () => {
    const latchwork = latchworkOf()
    const { body } = await make(signs([p256]))
    const { store } = latchwork.server.installation.oauth
    const before = (await store.findClient(body.client.id))?.client ?? assert.fail()
    const broken = { ...before, settings: { jwks: { keys: [changed(p256, 'y', other)] } } }
    assert.deepEqual(await store.updateClient(before, broken, latchwork.now(), { events: [], revocations: [] }), broken)
    const call = (method: string, change?: unknown) =>
      latchwork.call(method, `/v1/clients/${before.id}`, { bearer: latchwork.rootKey, ...(change === undefined ? {} : { body: change }) })
    assert.deepEqual((await call('GET')).body.settings, broken.settings)
    assert.match((await call('PATCH', { name: 'Renamed' })).body.detail, /no point of P-256/)
    assert.equal((await call('PATCH', { name: 'Renamed', settings: { jwks: { keys: [p256] } } })).status, 200)
    assert.equal((await call('DELETE')).status, 204)
  })
})

describe('keys to encrypt with', () => {
  it('O6: are chosen by key_ops too, and those that Web Crypto writes are taken (RFC 7517 §4.3)', async (t) => {
    const { publicKey, privateKey } = await webcrypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveBits'])
    const exported = { ...(await webcrypto.subtle.exportKey('jwk', publicKey)) } as Members
    assert.deepEqual(exported['key_ops'], [])
    const sets = { 'as Web Crypto has it': exported, 'as RFC 7517 has it': { ...exported, key_ops: ['deriveKey', 'deriveBits'] } }
    const verifies = { ...newClientKey().jwk, use: undefined, alg: undefined, key_ops: ['verify'] }
    const clients = Object.values(sets).map((key, at) =>
      clientOf(`c${at}`, { idTokenEncryption: { alg: 'ECDH-ES', enc: 'A256GCM' }, jwks: { keys: [JSON.parse(JSON.stringify(verifies)), key] } }),
    )
    const latchwork = await startWith(t, clients)
    const browser = await signUp(latchwork)
    for (const [at, title] of Object.keys(sets).entries()) {
      const { body } = await tokensFor(latchwork, `c${at}`, { scope: 'openid' }, browser)
      assert.equal((await compactDecrypt(body.id_token, privateKey)).protectedHeader.alg, 'ECDH-ES', title)
    }
  })
})
