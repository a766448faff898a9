/** Tokens for the vectors, good and bad. ES256 signatures are random: one that was made before for the same input is kept, so that making the vectors twice changes nothing. */
import { constants, createPublicKey, sign, verify } from 'node:crypto'
import { type KeyName, privateKeyOf, type SigningKeys } from './signing-keys.ts'
import { audience, issuer, nowSeconds } from './world.ts'

export const goodHeader = { alg: 'ES256', typ: 'session+jwt', kid: 'es256' }
export const goodClaims = {
  iss: issuer,
  sub: 'usr_1',
  aud: audience as string | readonly string[],
  exp: nowSeconds + 600,
  iat: nowSeconds - 10,
  jti: 'tok_1',
  sid: 'ses_1',
  grant_id: 'grt_1',
  account_id: 'acc_1',
  auth_time: nowSeconds - 60,
  scope: 'notes:read notes:write',
}

/** What the good claims amount to. */
export const goodPrincipal = {
  mechanism: 'session',
  subject: 'usr_1',
  userId: 'usr_1',
  accountId: 'acc_1',
  environment: 'live',
  scopes: ['notes:read', 'notes:write'],
  audience: [audience],
  credentialId: 'tok_1',
  fingerprint: '',
  expiresAt: (nowSeconds + 600) * 1000,
  sessionId: 'ses_1',
  grantId: 'grt_1',
}

type Json = Readonly<Record<string, unknown>>

export interface Minting {
  /** Replaces the good header, or parts of it; a text stands as it is. A member that is undefined is left out. */
  readonly header?: Json | string
  readonly claims?: Json | string | Buffer
  readonly key?: KeyName
  /** Instead of a good signature. */
  readonly signature?: (signed: string, good: Buffer) => Buffer
}

export type Mint = (minting?: Minting) => string

export function base64url(value: string | Buffer | Json): string {
  return Buffer.from(Buffer.isBuffer(value) || typeof value === 'string' ? (value as string) : JSON.stringify(value)).toString('base64url')
}

export function minter(keys: SigningKeys, before: readonly string[]): Mint {
  const kept = new Map<string, Buffer[]>()
  for (const token of before) {
    const [signed, signature] = [token.slice(0, token.lastIndexOf('.')), token.slice(token.lastIndexOf('.') + 1)]
    kept.set(signed, [...(kept.get(signed) ?? []), Buffer.from(signature, 'base64url')])
  }
  return ({ header = {}, claims = {}, key = 'es256', signature } = {}) => {
    const plainHeader = { ...goodHeader, ...(key === 'es256' ? {} : { kid: key }) }
    const written = [header, claims].map((part, index) =>
      base64url(typeof part === 'string' || Buffer.isBuffer(part) ? part : { ...(index === 0 ? plainHeader : goodClaims), ...part }),
    )
    const signed = written.join('.')
    const good = signOnce(keys, key, signed, kept.get(signed) ?? [])
    kept.set(signed, [good, ...(kept.get(signed) ?? [])])
    return `${signed}.${base64url((signature ?? ((_, unchanged) => unchanged))(signed, good))}`
  }
}

const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } // RFC 7518 §3.5

function signOnce(keys: SigningKeys, name: KeyName, signed: string, kept: readonly Buffer[]): Buffer {
  const key = privateKeyOf(keys, name)
  const isEc = key.asymmetricKeyType === 'ec'
  const digest = key.asymmetricKeyType === 'ed25519' ? null : 'sha256'
  const raw = { dsaEncoding: 'ieee-p1363' } as const
  const form = isEc ? raw : name === 'ps256' ? pss : undefined
  if (form === undefined) return sign(digest, Buffer.from(signed), key)
  const again = kept.find((signature) => verify(digest, Buffer.from(signed), { key: createPublicKey(key), ...form }, signature))
  return again ?? sign(digest, Buffer.from(signed), { key, ...form })
}
