import assert from 'node:assert/strict'
import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { describe, it } from 'node:test'
import { mintKey, mintToken } from '@latchwork/kernel'
import { CompactEncrypt, SignJWT } from 'jose'
import { type Expectations, inspect, type Report, readKeys, secretKeyOf } from '../src/index.ts'

const NOW = Date.UTC(2026, 0, 1)
const SECONDS = NOW / 1000
const at: Expectations = { now: NOW, timeZone: 'UTC' }
const base64url = (value: unknown): string => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
const good = { iss: 'https://issuer.example', aud: 'https://api.example', sub: 'ada', iat: SECONDS, exp: SECONDS + 600 }

const pairs = {
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ES384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  PS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  Ed25519: generateKeyPairSync('ed25519'),
}

const sign = (alg: keyof typeof pairs, claims: Readonly<Record<string, unknown>> = good, header = {}): Promise<string> =>
  new SignJWT({ ...claims }).setProtectedHeader({ alg, typ: 'at+jwt', ...header }).sign(pairs[alg].privateKey)

const hmac = (header: unknown, claims: unknown, secret: string | Buffer): string => {
  const signed = `${base64url(header)}.${base64url(claims)}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

const pemOf = (key: KeyObject): string => key.export({ format: 'pem', type: 'spki' }).toString()
const ids = ({ warnings }: Report): readonly string[] => warnings.map(({ id }) => id)
const passes = ({ checks }: Report, name = 'signature'): boolean | undefined => checks.find((check) => check.name === name)?.passed

/** RFC 7515, appendix A.1. */
const RFC_TOKEN =
  'eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
const RFC_KEY = 'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow'

describe('a signed JWT', () => {
  it('C2: of RFC 7515 A.1 is read, verified, and found expired', async () => {
    const keys = readKeys(JSON.stringify({ kty: 'oct', k: RFC_KEY })) ?? []
    const report = await inspect(RFC_TOKEN, { ...at, keys })
    assert.deepEqual([report.kind, passes(report), passes(report, 'time')], ['jws', true, false])
    assert.ok(ids(report).includes('expired'))
    assert.equal(passes(await inspect(RFC_TOKEN, { ...at, keys: [secretKeyOf(Buffer.from(RFC_KEY, 'base64url'))] })), true)
  })

  it('C2: every member of header and claims is explained, times in words', async () => {
    const { header, claims } = await inspect(await sign('ES256'), at)
    assert.match(header.find(({ name }) => name === 'alg')?.words ?? '', /ECDSA on P-256/)
    assert.match(header.find(({ name }) => name === 'typ')?.words ?? '', /access token/)
    assert.equal(claims.find(({ name }) => name === 'exp')?.words, 'good until 1 Jan 2026, 00:10:00 UTC, in 10 minutes')
    for (const { words } of [...header, ...claims]) assert.doesNotMatch(words, /ask its maker/)
    const strange = await inspect(await sign('ES256', { ...good, constructor: 1, exp: 'soon' }), at)
    assert.match(strange.claims.find(({ name }) => name === 'constructor')?.words ?? '', /ask its maker/)
    assert.match(strange.claims.find(({ name }) => name === 'exp')?.words ?? '', /not a time/)
  })

  for (const alg of Object.keys(pairs) as (keyof typeof pairs)[]) {
    it(`C2: of ${alg} is verified by PEM, JWK and JWK set, and by no other key`, async () => {
      const token = await sign(alg, good, { kid: 'k' })
      const jwk = { ...pairs[alg].publicKey.export({ format: 'jwk' }), kid: 'k', alg }
      for (const text of [pemOf(pairs[alg].publicKey), JSON.stringify(jwk), JSON.stringify({ keys: [jwk] })]) {
        const report = await inspect(token, { ...at, keys: readKeys(text) ?? [] })
        assert.deepEqual([passes(report), passes(report, 'time')], [true, true], JSON.stringify(report.checks))
      }
      for (const [other, { publicKey }] of Object.entries(pairs)) {
        if (other === alg) continue
        const report = await inspect(token, { ...at, keys: readKeys(pemOf(publicKey)) ?? [] })
        assert.equal(passes(report), false, `${alg} by a key of ${other}`)
      }
      const changed = `${token.slice(0, token.lastIndexOf('.'))}.${'A'.repeat(86)}`
      assert.equal(passes(await inspect(changed, { ...at, keys: readKeys(JSON.stringify(jwk)) ?? [] })), false)
    })
  }

  it('C2: a public key never counts as a shared secret, nor a key for another algorithm than its own (RFC 8725 §2.1, §3.1)', async () => {
    const pem = pemOf(pairs.RS256.publicKey)
    const forged = hmac({ alg: 'HS256', typ: 'JWT' }, good, pem)
    const report = await inspect(forged, { ...at, keys: readKeys(pem) ?? [] })
    assert.equal(passes(report), false)
    assert.match(report.checks[0]?.text ?? '', /not for that/)
    const jwk = { ...pairs.RS256.publicKey.export({ format: 'jwk' }), alg: 'PS256' }
    assert.equal(passes(await inspect(await sign('RS256'), { ...at, keys: readKeys(JSON.stringify(jwk)) ?? [] })), false)
  })

  it('C2: with a set, the kid chooses; an unknown kid is told; keys for encryption do not count', async () => {
    const jwk = pairs.ES256.publicKey.export({ format: 'jwk' })
    const set = (...keys: readonly unknown[]) => ({ ...at, keys: readKeys(JSON.stringify({ keys })) ?? [] })
    const token = await sign('ES256', good, { kid: 'a' })
    const other = { ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }), kid: 'a' }
    assert.equal(passes(await inspect(token, set({ ...jwk, kid: 'b' }, other))), false)
    assert.match((await inspect(token, set({ ...jwk, kid: 'b' }, { ...jwk, kid: 'c' }))).checks[0]?.text ?? '', /None of the keys has the kid/)
    assert.equal(readKeys(JSON.stringify({ keys: [{ ...jwk, use: 'enc' }] })), undefined)
    for (const text of ['', '{}', 'no key', '{"keys":[]}', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----'])
      assert.equal(readKeys(text), undefined)
  })

  it('C2: issuer and audience are compared as they are', async () => {
    const token = await sign('ES256', { ...good, aud: ['https://api.example', 'https://b.example'] })
    const report = await inspect(token, { ...at, issuer: 'https://issuer.example/', audience: 'https://b.example' })
    assert.deepEqual([passes(report, 'issuer'), passes(report, 'audience')], [false, true])
  })

  it('C2: a spelling that is not the one is told, and its signature does not pass', async () => {
    const token = await sign('ES256')
    const keys = readKeys(pemOf(pairs.ES256.publicKey)) ?? []
    const last = token.at(-1) ?? ''
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const spare = token.slice(0, -1) + alphabet.charAt(alphabet.indexOf(last) ^ 1)
    for (const other of [`${token}=`, token.replace('.', '=.'), spare]) {
      const report = await inspect(other, { ...at, keys })
      assert.ok(ids(report).includes('spelling'), other)
      assert.equal(passes(report), false)
    }
  })
})

describe('warnings', () => {
  const broken: readonly (readonly [string, unknown, unknown])[] = [
    ['alg-none', { alg: 'nOnE' }, good],
    ['alg-missing', {}, good],
    ['alg-shared', { alg: 'HS256' }, good],
    ['jku', { alg: 'ES256', jku: 'https://e.example' }, good],
    ['x5u', { alg: 'ES256', x5u: 'https://e.example' }, good],
    ['x5c', { alg: 'ES256', x5c: [] }, good],
    ['jwk', { alg: 'ES256', jwk: { kty: 'EC' } }, good],
    ['jwk-private', { alg: 'ES256', jwk: { kty: 'EC', d: 'x' } }, good],
    ['crit', { alg: 'ES256', crit: ['x'] }, good],
    ['b64', { alg: 'ES256', b64: false }, good],
    ['zip', { alg: 'ES256', zip: 'DEF' }, good],
    ['kid-path', { alg: 'ES256', kid: '../../dev/null' }, good],
    ['too-large', { alg: 'ES256' }, { ...good, x: 'x'.repeat(9000) }],
    ['exp-missing', { alg: 'ES256' }, { ...good, exp: undefined }],
    ['expired', { alg: 'ES256' }, { ...good, exp: SECONDS }],
    ['not-yet', { alg: 'ES256' }, { ...good, nbf: SECONDS + 3600 }],
    ['time-form', { alg: 'ES256' }, { ...good, exp: String(SECONDS) }],
    ['milliseconds', { alg: 'ES256' }, { ...good, exp: NOW }],
    ['long-life', { alg: 'ES256' }, { ...good, exp: SECONDS + 86_401 }],
    ['aud-missing', { alg: 'ES256' }, { ...good, aud: undefined }],
    ['iss-missing', { alg: 'ES256' }, { ...good, iss: undefined }],
    ['typ-plain', { alg: 'ES256', typ: 'JWT' }, good],
    ['secret-inside', { alg: 'ES256' }, { ...good, password_hash: 'x' }],
    ['doubled', '{"alg":"ES256","alg":"none"}', good],
    ['doubled', { alg: 'ES256' }, '{"sub":"a","\\u0073ub":"b"}'],
  ]
  for (const [id, header, claims] of broken) {
    it(`C2: ${id} is found in ${base64url(header).slice(0, 30)}, and not in a good token`, async () => {
      assert.ok(ids(await inspect(`${base64url(header)}.${base64url(claims)}.AAAA`, at)).includes(id))
      assert.deepEqual(ids(await inspect(await sign('ES256'), at)), [])
    })
  }

  it('C2: a secret from a tutorial is named; a real one is not', async () => {
    assert.match((await inspect(hmac({ alg: 'HS256', typ: 'at+jwt' }, good, 'your-256-bit-secret'), at)).warnings[0]?.text ?? '', /your-256-bit-secret/)
    assert.deepEqual(ids(await inspect(hmac({ alg: 'HS256', typ: 'at+jwt' }, good, Buffer.alloc(32, 7)), at)), ['alg-shared'])
  })
})

describe('what is no signed JWT', () => {
  it('C2: an encrypted one: its header explained, its content not known', async () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const token = await new CompactEncrypt(Buffer.from('hidden')).setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM' }).encrypt(publicKey)
    const report = await inspect(token, { ...at, keys: [] })
    assert.deepEqual([report.kind, passes(report)], ['jwe', false])
    assert.match(report.header[0]?.words ?? '', /OAEP/)
    assert.match(report.facts.join(), /6 bytes/)
  })

  it('C2: keys and tokens of Latchwork: kind, environment, brand, checksum; never the secret', async () => {
    for (const [text, title] of [
      [mintKey('sk', 'live', 'acme').reveal(), /secret key/],
      [mintKey('pk', 'test', 'lw').reveal(), /publishable key/],
      [mintToken('access_token').reveal(), /access token/],
      [mintToken('root_key').reveal(), /root key/],
    ] as const) {
      const report = await inspect(`Authorization: Bearer ${text}\n`, at)
      assert.equal(report.kind, 'latchwork')
      assert.match(report.title, title)
      assert.match(report.facts.join(), /whole/)
      assert.ok(!JSON.stringify(report).includes(text))
      const wrong = text.slice(0, -1) + (text.endsWith('0') ? '1' : '0')
      assert.deepEqual(ids(await inspect(wrong, at)), ['checksum'])
      assert.deepEqual(ids(await inspect(text.slice(0, -3), at)), ['checksum'])
    }
    assert.match((await inspect(mintKey('sk', 'live', 'acme').reveal(), at)).facts.join(), /live. Brand: acme/)
  })

  it('C2: cookies: how they are kept, and what is in them', async () => {
    const token = await sign('ES256', { ...good, aud: undefined })
    const bad = await inspect(`Set-Cookie: session=${token}; Path=/; SameSite=None`, at)
    assert.deepEqual(ids(bad), ['cookie-secure', 'cookie-http-only', 'cookie-none', 'cookie-prefix'])
    assert.deepEqual(
      bad.within.map(({ name, report }) => [name, ids(report)]),
      [['session', ['aud-missing']]],
    )
    assert.deepEqual(ids(await inspect(`Set-Cookie: __Host-a=${mintToken('refresh_token').reveal()}; Path=/; Secure; HttpOnly; SameSite=Strict`, at)), [])
    assert.deepEqual(ids(await inspect('Set-Cookie: __Host-a=b; Secure; HttpOnly; SameSite=Lax', at)), ['cookie-host-form'])
    assert.equal((await inspect('Cookie: a=1; b=2', at)).within.length, 2)
  })

  it('C2: anything else is called opaque; a check that was asked for then fails', async () => {
    for (const text of ['', 'x', 'a.b.c', 'eyJhbGciOi', '....', '\u0000\u001b[2J', 'é'.repeat(9999)]) {
      const report = await inspect(text, { ...at, keys: [] })
      assert.deepEqual([report.kind, passes(report)], ['opaque', false], text)
    }
  })
})
