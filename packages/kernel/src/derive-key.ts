/** One secret of the server, many keys of one purpose each (HKDF, RFC 5869): a key used for one thing says nothing about another. */
import { hkdfSync } from 'node:crypto'

export type KeyPurpose = 'signing keys at rest' | 'refresh successors' | 'form tokens' | 'rotated keys' | 'reauthentication' | 'event seals'

/** @param secretKey 32 bytes, the server's own. */
export function deriveKey(secretKey: Buffer, purpose: KeyPurpose): Buffer {
  if (secretKey.length !== 32) throw new RangeError(`the server's secret key has 32 bytes, not ${secretKey.length}`)
  return Buffer.from(hkdfSync('sha256', secretKey, Buffer.alloc(0), `latchwork/1/${purpose}`, 32))
}
