/** Making a signing key: both halves, named by the thumbprint of the public one. */
import { createHash } from 'node:crypto'
import { algorithms } from './algorithms.ts'
import type { SigningAlgorithm, SigningKeyRecord } from './store.ts'
import type { Vault } from './vault.ts'

/** The name that keys for Ed25519 are published under: RFC 9864's, or the older one (RFC 8037 §3.1) that more verifiers know. */
export type Ed25519Name = 'Ed25519' | 'EdDSA'

export interface NewKey {
  readonly algorithm: SigningAlgorithm
  readonly state: 'current' | 'next'
  readonly ed25519Name: Ed25519Name
  readonly now: number
  readonly activatesAt: number
}

export async function makeSigningKey(vault: Vault, { algorithm, state, ed25519Name, now, activatesAt }: NewKey): Promise<SigningKeyRecord> {
  const { publicKey, privateHalf } = await vault.make(algorithm)
  const jwk = publicKey.export({ format: 'jwk' }) as Record<string, string>
  const { thumbprintMembers } = algorithms[algorithm]
  const kid = createHash('sha256')
    .update(JSON.stringify(Object.fromEntries(thumbprintMembers.map((member) => [member, jwk[member]])))) // RFC 7638 §3
    .digest('base64url')
  const alg = algorithm === 'Ed25519' ? ed25519Name : algorithm
  return { kid, algorithm, state, publicJwk: { ...jwk, kid, alg, use: 'sig' }, privateHalf: privateHalf(kid), createdAt: now, activatesAt }
}
