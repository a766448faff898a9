/** JWE in compact form (RFC 7516 §7.1) for a client, by whichever of its keys fits the algorithm it registered. */
import type { JWK } from 'jose'
import type { Encryption } from '../store.ts'
import { faultOfKey, type Jwk } from './key-set.ts'

/** The keys for encryption, or for nothing in particular, that the algorithm can use (RFC 7517 §4.2–§4.4, RFC 7518 §4.3, §4.6). */
export function encryptionKeysOf(keys: readonly Jwk[], algorithm: string): readonly Jwk[] {
  return keys.filter(
    (key) =>
      (key['use'] === undefined || key['use'] === 'enc') &&
      (key['alg'] === undefined || key['alg'] === algorithm) &&
      (algorithm.startsWith('RSA-') ? key['kty'] === 'RSA' && mayDo(key, ['wrapKey', 'encrypt']) : isForAgreement(key) && mayDo(key, AGREEMENT)) &&
      faultOfKey(key) === undefined,
  )
}

function isForAgreement({ kty, crv }: Jwk): boolean {
  return (kty === 'EC' && typeof crv === 'string' && ['P-256', 'P-384', 'P-521'].includes(crv)) || (kty === 'OKP' && crv === 'X25519')
}

const AGREEMENT = ['deriveKey', 'deriveBits']

/** RFC 7517 §4.3. An empty list is what Web Crypto writes into the public half of a key for agreement. */
function mayDo({ key_ops: operations }: Jwk, wanted: readonly string[]): boolean {
  return !Array.isArray(operations) || operations.some((operation) => wanted.includes(operation)) || (wanted === AGREEMENT && operations.length === 0)
}

/** Rejects when the key cannot be used after all: it is the client's to mend. */
export async function encryptCompact(plaintext: string, key: Jwk, { alg, enc }: Encryption, header: Readonly<Record<string, string>>): Promise<string> {
  const { CompactEncrypt, importJWK } = await import('jose') // few clients ask for it
  const { kid, key_ops: _, ...bare } = key // Web Crypto knows no operation of a public key for agreement
  const recipient = await importJWK(bare as unknown as JWK, alg)
  return new CompactEncrypt(new TextEncoder().encode(plaintext))
    .setProtectedHeader({ alg, enc, ...(typeof kid === 'string' ? { kid } : {}), ...header })
    .encrypt(recipient)
}
