/**
 * What no place may take that reads a JWT from outside (RFC 8725, design decision 12): a table of forgeries, each made of a good token of that place. A place says how a good
 * token looks, and refuses every row.
 */
import { createHmac, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

export type Header = Readonly<Record<string, unknown>>
export type Claims = Readonly<Record<string, unknown>>

export interface GoodToken {
  readonly header: Header & { readonly alg: 'ES256' }
  /** Fresh with each call, so that one that is good could be used. */
  readonly claims: () => Claims
  readonly privateKey: KeyObject
  /** Where a forged header may point: requests that arrive there are a failure of the place. */
  readonly trapUrl: string
  /** Members whose lack is no fault here. */
  readonly mayLack?: readonly ('exp' | 'jti')[]
}

const part = (value: unknown): string => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

export function signEs256(signed: string, key: KeyObject): string {
  return sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')
}

/** A JWS of texts or objects as they are. */
export function jws(header: unknown, claims: unknown, key: KeyObject): string {
  const signed = `${part(header)}.${part(claims)}`
  return `${signed}.${signEs256(signed, key)}`
}

export function goodJws({ header, claims, privateKey }: GoodToken): string {
  return jws(header, claims(), privateKey)
}

/** One forgery per title. */
export function joseNegatives(good: GoodToken): Readonly<Record<string, string>> {
  return { ...unsignedOnes(good), ...headersThatChoose(good), ...spellings(good), ...claimsAstray(good), ...otherShapes(good) }
}

function unsignedOnes({ header, claims, privateKey }: GoodToken): Readonly<Record<string, string>> {
  const spki = createPublicKey(privateKey)
  const pem = String(spki.export({ format: 'pem', type: 'spki' }))
  const none = (alg: string, signature = '') => `${part({ ...header, alg })}.${part(claims())}.${signature}`
  const hmac = (secret: string | Buffer) => {
    const signed = `${part({ ...header, alg: 'HS256' })}.${part(claims())}`
    return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
  }
  const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const token = jws(header, claims(), privateKey)
  const [first = '', second = '', third = ''] = token.split('.')
  return {
    ...Object.fromEntries(['none', 'None', 'NONE', 'nOnE', ''].map((alg) => [`alg ${JSON.stringify(alg)}`, none(alg)])),
    'alg none with a signature': none('none', third),
    'HMAC with the public key in PEM': hmac(pem),
    'HMAC with the public key in DER': hmac(spki.export({ format: 'der', type: 'spki' })),
    'HMAC with an empty secret': hmac(''),
    "a stranger's signature": jws(header, claims(), stranger),
    'no signature': `${first}.${second}.`,
    'a signature of zeros': `${first}.${second}.${Buffer.alloc(64).toString('base64url')}`,
    'a signature in DER': `${first}.${second}.${sign('sha256', Buffer.from(`${first}.${second}`), privateKey).toString('base64url')}`,
    'claims exchanged under the signature': `${first}.${part({ ...claims(), admin: true })}.${third}`,
    'alg exchanged for another of EC': jws({ ...header, alg: 'ES384' }, claims(), privateKey),
    'alg exchanged for one of RSA': jws({ ...header, alg: 'PS256' }, claims(), privateKey),
    'alg in small letters': jws({ ...header, alg: 'es256' }, claims(), privateKey),
    'alg as a list': jws({ ...header, alg: ['ES256'] }, claims(), privateKey),
  }
}

function headersThatChoose({ header, claims, trapUrl }: GoodToken): Readonly<Record<string, string>> {
  const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = stranger.publicKey.export({ format: 'jwk' })
  const own = (more: Header) => jws({ ...header, ...more }, claims(), stranger.privateKey)
  return {
    'an embedded jwk': own({ jwk }),
    'an embedded jwk without kid': jws({ alg: 'ES256', jwk }, claims(), stranger.privateKey),
    'a jku': own({ jku: `${trapUrl}/jwks` }),
    'an x5u': own({ x5u: `${trapUrl}/cert` }),
    'an x5c': own({ x5c: ['MIIB'] }),
    'a kid that is a path': own({ kid: '../../../../dev/null' }),
    'a kid that is SQL': own({ kid: "' or 1=1 --" }),
    'a kid that is no text': own({ kid: { toString: 'x' } }),
    'a kid of 100 kB': own({ kid: 'k'.repeat(100_000) }),
  }
}

function spellings(good: GoodToken): Readonly<Record<string, string>> {
  const { header, claims, privateKey } = good
  const fresh = () => goodJws(good)
  const [first = '', second = ''] = fresh().split('.')
  const twice = (text: string, member: string) => text.replace('{', `{${member},`)
  return {
    'white space before': ` ${fresh()}`,
    'a line break behind': `${fresh()}\n`,
    'white space in a part': fresh().replace('.', ' .'),
    padding: `${fresh()}==`,
    'standard base64 digits': fresh().replace(/\.([^.]*)$/, (_all, last: string) => `.+/${last.slice(2)}`),
    'spare bits': withSpareBits(fresh()),
    'a member of the header twice': jws(twice(JSON.stringify(header), '"alg":"none"'), claims(), privateKey),
    'a claim twice': jws(header, twice(JSON.stringify(claims()), '"iss":"other"'), privateKey),
    'a claim twice, one escaped': jws(header, twice(JSON.stringify(claims()), '"\\u0069ss":"other"'), privateKey),
    '__proto__ among the claims': jws(header, twice(JSON.stringify(claims()), '"__proto__":{"x":1}'), privateKey),
    'a byte-order mark': jws(`\ufeff${JSON.stringify(header)}`, claims(), privateKey),
    'bad UTF-8 in the claims': (() => {
      const signed = `${first}.${Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]).toString('base64url')}`
      return `${signed}.${signEs256(signed, privateKey)}`
    })(),
    'a fourth part': `${fresh()}.x`,
    'two parts': `${first}.${second}`,
    'JSON serialization': JSON.stringify({ protected: first, payload: second, signature: 'x' }),
  }
}

/** The last digit of a P-256 signature holds two bits that no byte needs. */
function withSpareBits(token: string): string {
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const last = digits.indexOf(token.at(-1) ?? '')
  return `${token.slice(0, -1)}${digits[last ^ 1]}`
}

function claimsAstray({ header, claims, privateKey, mayLack = [] }: GoodToken): Readonly<Record<string, string>> {
  const now = Number(claims()['iat'])
  const changed = (change: Claims) => jws(header, { ...claims(), ...change }, privateKey)
  const without = (name: string) => jws(header, Object.fromEntries(Object.entries(claims()).filter(([key]) => key !== name)), privateKey)
  return {
    ...(mayLack.includes('exp') ? {} : { 'no exp': without('exp') }),
    'exp as text': changed({ exp: String(now + 60) }),
    'exp with a fraction': changed({ exp: now + 60.5 }),
    'exp as null': changed({ exp: null }),
    'exp without bound': jws(header, JSON.stringify(claims()).replace(/"exp":\d+/, '"exp":1e999'), privateKey),
    'exp past': changed({ exp: now - 120 }),
    'nbf ahead': changed({ nbf: now + 600 }),
    'iat ahead': changed({ iat: now + 600 }),
    'aud of somebody else': changed({ aud: 'https://other.example' }),
    'iss of somebody else': changed({ iss: 'https://other.example' }),
    'iss as a list': changed({ iss: [claims()['iss']] }),
    'no iss': without('iss'),
  }
}

function otherShapes({ header, claims, privateKey }: GoodToken): Readonly<Record<string, string>> {
  const headed = (more: Header) => jws({ ...header, ...more }, claims(), privateKey)
  let nested = jws(header, claims(), privateKey)
  for (let depth = 0; depth < 10; depth++) nested = jws({ ...header, cty: 'JWT' }, nested, privateKey)
  return {
    'an unknown crit': headed({ crit: ['exp'], exp: 1 }),
    'an empty crit': headed({ crit: [] }),
    'b64 false': headed({ b64: false, crit: ['b64'] }),
    'b64 true': headed({ b64: true }),
    zip: headed({ zip: 'DEF' }),
    'another typ': headed({ typ: 'at+jwt' }),
    'a typ of DPoP': headed({ typ: 'dpop+jwt' }),
    'a typ that is no text': headed({ typ: 7 }),
    'nested ten deep': nested,
    'claims that are a list': jws(header, [], privateKey),
    'claims that are a text': jws(header, '"x"', privateKey),
    'claims a hundred deep': jws(header, `{"iss":${'['.repeat(100)}${']'.repeat(100)}}`, privateKey),
    'encrypted with a password and a million rounds': [
      part({ alg: 'PBES2-HS256+A128KW', enc: 'A128GCM', p2c: 1_000_000, p2s: 'c2FsdA' }),
      'AAAA',
      'AAAA',
      'AAAA',
      'AAAA',
    ].join('.'),
    'a JWE of five parts': [part({ alg: 'dir', enc: 'A128GCM' }), '', 'AAAA', 'AAAA', 'AAAA'].join('.'),
    'a megabyte': jws(header, { ...claims(), padding: 'x'.repeat(40_000) }, privateKey),
    nothing: '',
    'three dots': '...',
  }
}
