/** Keys to verify with: from a JWK set, a JWK, a PEM or a shared secret. */
import { createPublicKey, createSecretKey, type KeyObject, X509Certificate } from 'node:crypto'

export interface CheckKey {
  readonly key: KeyObject
  readonly kid?: string
  /** The one algorithm it is for, if it says (RFC 7517 §4.4). */
  readonly algorithm?: string
}

/** `undefined` if the text is no key that can verify. Takes a JWK set, a JWK, a PEM (public or private key, certificate). */
export function readKeys(text: string): readonly CheckKey[] | undefined {
  return text.trimStart().startsWith('{') ? readJson(text) : readPem(text)
}

export function secretKeyOf(bytes: Uint8Array): CheckKey {
  return { key: createSecretKey(bytes) }
}

function readPem(text: string): readonly CheckKey[] | undefined {
  try {
    const key = text.includes('BEGIN CERTIFICATE') ? new X509Certificate(text).publicKey : createPublicKey(text)
    return [{ key }]
  } catch {
    return undefined
  }
}

function readJson(text: string): readonly CheckKey[] | undefined {
  try {
    const value = JSON.parse(text) as Readonly<Record<string, unknown>>
    const members: readonly unknown[] = Array.isArray(value['keys']) ? value['keys'] : [value]
    const keys = members.flatMap((member) => readJwk(member) ?? [])
    return keys.length === 0 ? undefined : keys
  } catch {
    return undefined
  }
}

/** Keys for encryption, or that cannot be read, are passed over (RFC 7517 §4.2, §5). */
function readJwk(value: unknown): CheckKey | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const jwk = value as Readonly<Record<string, unknown>>
  if (jwk['use'] !== undefined && jwk['use'] !== 'sig') return undefined
  const { kid, alg, k } = jwk
  const about = { ...(typeof kid === 'string' ? { kid } : {}), ...(typeof alg === 'string' ? { algorithm: alg } : {}) }
  try {
    if (jwk['kty'] === 'oct') return typeof k === 'string' ? { key: createSecretKey(Buffer.from(k, 'base64url')), ...about } : undefined
    return { key: createPublicKey({ key: { ...jwk }, format: 'jwk' }), ...about }
  } catch {
    return undefined
  }
}
