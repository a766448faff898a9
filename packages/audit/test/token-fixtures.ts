/** For each rule over a token: what it must find, and what it must leave. */
import type { TokenFacts } from '@latchwork/audit'
import type { Cases } from './installation-fixtures.ts'

const NOW = Date.parse('2026-06-01T12:00:00Z')
const SECONDS = NOW / 1000

const CLAIMS = { iss: 'https://login.example.com', aud: 'https://api.example.com', sub: 'user_1', iat: SECONDS - 60, exp: SECONDS + 540, jti: 'a1' }
const HEADER = { alg: 'ES256', typ: 'at+jwt', kid: 'k1' }
export const sound: TokenFacts = { now: NOW, header: HEADER, claims: CLAIMS, bytes: 700, signature: 'unchecked', guessed: false }

type Members = Readonly<Record<string, unknown>>
const present = (members: Members): Members => Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
const header = (patch: Members): TokenFacts => ({ ...sound, header: present({ ...HEADER, ...patch }) })
const claims = (patch: Members): TokenFacts => ({ ...sound, claims: present({ ...CLAIMS, ...patch }) })
const rsa = (bits: number) => ({ kty: 'RSA', e: 'AQAB', n: Buffer.alloc(bits / 8, 0xff).toString('base64url') })

export const tokenCases: Readonly<Record<string, Cases<TokenFacts>>> = {
  'algorithm-none': { bad: [header({ alg: 'none' }), header({ alg: undefined }), header({ alg: 'nOnE' })], good: [sound, header({ alg: 'RS256' })] },
  'signature-absent': {
    bad: [
      { ...sound, signature: 'absent' },
      { ...header({ alg: 'HS256' }), signature: 'absent' },
    ],
    good: [sound, { ...header({ alg: 'none' }), signature: 'absent' }],
  },
  'signature-wrong': {
    bad: [
      { ...sound, signature: 'wrong' },
      { ...header({ kid: undefined }), signature: 'wrong' },
    ],
    good: [sound, { ...sound, signature: 'good' }],
  },
  'key-unknown': {
    bad: [
      { ...sound, signature: 'no-key' },
      { ...header({ kid: undefined }), signature: 'no-key' },
    ],
    good: [sound, { ...sound, signature: 'good' }],
  },
  'key-weak': {
    bad: [
      { ...sound, signature: 'good', key: rsa(1024) },
      { ...sound, signature: 'good', key: { kty: 'EC', crv: 'P-192' } },
    ],
    good: [sound, { ...sound, signature: 'good', key: rsa(2048) }],
  },
  'secret-well-known': {
    bad: [
      { ...header({ alg: 'HS256' }), guessed: true },
      { ...header({ alg: 'HS512' }), guessed: true },
    ],
    good: [sound, header({ alg: 'HS256' })],
  },
  'algorithm-symmetric': { bad: [header({ alg: 'HS256' }), header({ alg: 'HS512' })], good: [sound, header({ alg: 'EdDSA' })] },
  'algorithm-outdated': { bad: [header({ alg: 'RSA1_5' }), header({ alg: 'MD5' })], good: [sound, header({ alg: 'PS512' }), header({ alg: 'none' })] },
  'never-expires': { bad: [claims({ exp: undefined }), claims({ exp: 'tomorrow' })], good: [sound, claims({ exp: SECONDS - 10 })] },
  'expiry-in-milliseconds': { bad: [claims({ exp: NOW }), claims({ exp: NOW + 3_600_000 })], good: [sound, claims({ exp: SECONDS + 1e6 })] },
  'lives-long': {
    bad: [claims({ exp: SECONDS + 2 * 86_400 }), claims({ iat: undefined, exp: SECONDS + 365 * 86_400 })],
    good: [sound, claims({ exp: SECONDS + 3600 }), claims({ exp: NOW })],
  },
  'made-in-the-future': { bad: [claims({ iat: SECONDS + 400 }), claims({ iat: NOW })], good: [sound, claims({ iat: SECONDS + 200 })] },
  'no-audience': { bad: [claims({ aud: undefined }), claims({ aud: [] })], good: [sound, claims({ aud: ['a', 'b'] })] },
  'audience-everybody': {
    bad: [claims({ aud: '*' }), claims({ aud: Array.from({ length: 11 }, (_, n) => `a${n}`) })],
    good: [sound, claims({ aud: ['a', 'b', 'c'] })],
  },
  'no-issuer': { bad: [claims({ iss: undefined }), claims({ iss: 7 })], good: [sound, claims({ iss: 'accounts.example.com' })] },
  'issuer-not-https': {
    bad: [claims({ iss: 'http://login.example.com' }), claims({ iss: 'http://10.0.0.1' })],
    good: [sound, claims({ iss: 'http://localhost:8420' })],
  },
  'no-type': { bad: [header({ typ: undefined }), header({ typ: undefined, alg: 'HS256' })], good: [sound, header({ typ: 'JWT' })] },
  'no-identifier': { bad: [claims({ jti: undefined }), claims({ jti: undefined, scope: 'a' })], good: [sound, claims({ jti: undefined, nonce: 'n' })] },
  'names-its-own-key': {
    bad: [header({ jku: 'https://evil.example/jwks' }), header({ jwk: {}, x5c: [] })],
    good: [sound, header({ typ: 'dpop+jwt', jwk: {} })],
  },
  'kid-is-a-path': {
    bad: [header({ kid: '../../dev/null' }), header({ kid: "x' OR 1=1 --" })],
    good: [sound, header({ kid: 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs' }), header({ kid: 'select' })],
  },
  'holds-secret': {
    bad: [claims({ password: 'x' }), claims({ user: { apiKey: 'x' } })],
    good: [sound, claims({ password: '' }), claims({ passwordChangedAt: 1 })],
  },
  'holds-personal-data': {
    bad: [claims({ email: 'a@example.com' }), claims({ user: { firstName: 'A' } })],
    good: [sound, claims({ email: 'a@example.com', nonce: 'n' }), claims({ email_verified: true })],
  },
  'too-large': {
    bad: [
      { ...sound, bytes: 4097 },
      { ...sound, bytes: 20_000 },
    ],
    good: [sound, { ...sound, bytes: 4096 }],
  },
}
