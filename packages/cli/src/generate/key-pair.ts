/** Key pairs for signatures, named by their thumbprint (RFC 7638). */
import { createHash, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'

type Jwk = Readonly<Record<string, unknown>>

export interface KeyPair {
  readonly kid: string
  readonly algorithm: KeyPairAlgorithm
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

const make = promisify(generateKeyPair)

/** One row an algorithm. RSA: 3072 bits, for what is made now and lives long (NIST SP 800-57 part 1, table 2). */
const makers = {
  ES256: () => make('ec', { namedCurve: 'P-256' }),
  RS256: () => make('rsa', { modulusLength: 3072 }),
  PS256: () => make('rsa', { modulusLength: 3072 }),
  Ed25519: () => make('ed25519', {}),
} as const

export type KeyPairAlgorithm = keyof typeof makers
export const keyPairAlgorithms = Object.keys(makers) as readonly KeyPairAlgorithm[]

export async function makeKeyPair(algorithm: KeyPairAlgorithm): Promise<KeyPair> {
  const { privateKey, publicKey } = await makers[algorithm]()
  return { kid: thumbprintOf(publicKey.export({ format: 'jwk' })), algorithm, privateKey, publicKey }
}

/** The members that a thumbprint is made of, in the order of their names (RFC 7638 §3.2, RFC 8037 §2). */
const thumbprintMembers: Readonly<Record<string, readonly string[]>> = { EC: ['crv', 'kty', 'x', 'y'], RSA: ['e', 'kty', 'n'], OKP: ['crv', 'kty', 'x'] }

export function thumbprintOf(jwk: Jwk): string {
  const members = thumbprintMembers[String(jwk['kty'])]
  if (members === undefined) throw new RangeError('a thumbprint is made of an EC, RSA or OKP key')
  return createHash('sha256')
    .update(JSON.stringify(Object.fromEntries(members.map((name) => [name, jwk[name]]))))
    .digest('base64url')
}

export type KeyFormat = 'jwk' | 'pem'

/** As a text: a JWK that names its algorithm, use and kid; or PEM (PKCS #8, SPKI). */
export function keyText({ kid, algorithm, privateKey, publicKey }: KeyPair, half: 'private' | 'public', format: KeyFormat): string {
  const key = half === 'private' ? privateKey : publicKey
  if (format === 'jwk') return JSON.stringify({ ...key.export({ format: 'jwk' }), kid, alg: algorithm, use: 'sig' })
  return key
    .export({ format: 'pem', type: half === 'private' ? 'pkcs8' : 'spki' })
    .toString()
    .trimEnd()
}
