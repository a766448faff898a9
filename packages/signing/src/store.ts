/** What the key ring asks of a store. */
import type { Journal } from '@latchwork/kernel'

export type SigningAlgorithm = 'ES256' | 'RS256'

export interface SigningKeyRecord {
  readonly kid: string
  readonly algorithm: SigningAlgorithm
  /** The public half as a JWK (RFC 7517), with `kid`, `alg` and `use`. */
  readonly publicJwk: Readonly<Record<string, string>>
  /** The private half, PKCS#8 DER, sealed under the server's secret key (see `seal.ts`). */
  readonly sealedPrivateKey: string
  readonly createdAt: number
}

export interface SigningStore {
  readonly listSigningKeys: () => Promise<readonly SigningKeyRecord[]>
  /** Adds the key unless the algorithm has a current one already; false if so. Two nodes that start at once get one key. */
  readonly addFirstSigningKey: (key: SigningKeyRecord, journal: Journal) => Promise<boolean>
}
