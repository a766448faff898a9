/**
 * Where private halves live. The usual vault seals them under the server's secret key and signs in this process; a device or service that never gives a key away
 * is another vault (decision 0015).
 */
import { createPrivateKey, type KeyObject } from 'node:crypto'
import { deriveKey } from '@latchwork/kernel'
import { algorithms } from './algorithms.ts'
import { isSealedUnder, openPrivateKey, sealPrivateKey } from './seal.ts'
import type { SigningAlgorithm, SigningKeyRecord } from './store.ts'

/** Signs with one key. */
export interface Signer {
  readonly sign: (data: Buffer) => Promise<Buffer>
}

export interface MadeKey {
  readonly publicKey: KeyObject
  /** What is stored of the private half under this `kid`: sealed, or where it is to be found. */
  readonly privateHalf: (kid: string) => string
}

type StoredKey = Pick<SigningKeyRecord, 'kid' | 'algorithm'> & { readonly privateHalf: string }

export interface Vault {
  readonly make: (algorithm: SigningAlgorithm) => Promise<MadeKey>
  /** @throws Error when the private half cannot be had, with what to do. */
  readonly open: (key: StoredKey) => Signer
  /** The private half as it would be stored today; `undefined` if it is stored so. @throws Error as `open`. */
  readonly renewed: (key: StoredKey) => string | undefined
}

/** @param secretKeys the server's secret key, then former ones: they open what they sealed, and seal nothing. */
export function sealedVault(secretKeys: readonly [Buffer, ...Buffer[]]): Vault {
  const [sealingKey, ...formerKeys] = secretKeys.map((secretKey) => deriveKey(secretKey, 'signing keys at rest')) as [Buffer, ...Buffer[]]
  const open = ({ kid, privateHalf }: StoredKey): Buffer => openPrivateKey([sealingKey, ...formerKeys], kid, privateHalf)
  return {
    make: async (algorithm) => {
      const { publicKey, privateKey } = await algorithms[algorithm].generate()
      return { publicKey, privateHalf: (kid) => sealPrivateKey(sealingKey, kid, privateKey.export({ format: 'der', type: 'pkcs8' })) }
    },
    open: (key) => {
      const privateKey = createPrivateKey({ key: open(key), format: 'der', type: 'pkcs8' })
      const { sign } = algorithms[key.algorithm]
      return { sign: (data) => sign(data, privateKey) }
    },
    renewed: (key) => (isSealedUnder(sealingKey, key.kid, key.privateHalf) ? undefined : sealPrivateKey(sealingKey, key.kid, open(key))),
  }
}
