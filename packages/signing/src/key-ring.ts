/** The ring of signing keys: one current key per algorithm, made at first start, sealed at rest, published as a JWK set. */
import { createHash, createPrivateKey, type KeyObject } from 'node:crypto'
import { type Clock, deriveKey } from '@latchwork/kernel'
import { algorithms } from './algorithms.ts'
import { openPrivateKey, sealPrivateKey } from './seal.ts'
import type { SigningAlgorithm, SigningKeyRecord, SigningStore } from './store.ts'

export interface KeyRing {
  /**
   * A JWS in compact form (RFC 7515 §3.1) over the claims as they are: the caller sets every claim.
   * @param type the `typ` header (RFC 8725 §3.11): `session+jwt`, `JWT` for an ID token.
   */
  readonly sign: (algorithm: SigningAlgorithm, type: string, claims: Readonly<Record<string, unknown>>) => string
  /** The public halves (RFC 7517 §5). */
  readonly publicKeys: () => readonly Readonly<Record<string, string>>[]
}

interface OpenKey {
  readonly record: SigningKeyRecord
  readonly privateKey: KeyObject
}

/** Opens the ring, and makes the keys that are missing. Two nodes that start at once on one store end with the same keys. */
export async function openKeyRing(store: SigningStore, secretKey: Buffer, clock: Clock): Promise<KeyRing> {
  const sealingKey = deriveKey(secretKey, 'signing keys at rest')
  const known = await store.listSigningKeys()
  const missing = (Object.keys(algorithms) as SigningAlgorithm[]).filter((algorithm) => !known.some((key) => key.algorithm === algorithm))
  await Promise.all(missing.map(async (algorithm) => addKey(store, await generateKey(algorithm, sealingKey, clock.now()))))
  const records = missing.length === 0 ? known : await store.listSigningKeys()
  const current = new Map(records.map((record) => [record.algorithm, openKey(record, sealingKey)]))
  const headers = new Map<string, string>()
  return {
    sign: (algorithm, type, claims) => {
      const key = current.get(algorithm)
      if (key === undefined) throw new Error(`no signing key for ${algorithm}`)
      const headerId = `${key.record.kid} ${type}`
      const header = headers.get(headerId) ?? base64url(JSON.stringify({ alg: algorithm, typ: type, kid: key.record.kid }))
      headers.set(headerId, header)
      const signed = `${header}.${base64url(JSON.stringify(claims))}`
      return `${signed}.${algorithms[algorithm].sign(Buffer.from(signed, 'latin1'), key.privateKey).toString('base64url')}`
    },
    publicKeys: () => records.map((record) => record.publicJwk),
  }
}

async function addKey(store: SigningStore, key: SigningKeyRecord): Promise<void> {
  await store.addFirstSigningKey(key, {
    events: [{ type: 'signing_key.created', at: key.createdAt, actor: { kind: 'system' }, credentialId: key.kid, data: { algorithm: key.algorithm } }],
    revocations: [],
  })
}

async function generateKey(algorithm: SigningAlgorithm, sealingKey: Buffer, now: number): Promise<SigningKeyRecord> {
  const row = algorithms[algorithm]
  const { publicKey, privateKey } = await row.generate()
  const jwk = publicKey.export({ format: 'jwk' }) as Record<string, string>
  const kid = createHash('sha256')
    .update(JSON.stringify(Object.fromEntries(row.thumbprintMembers.map((member) => [member, jwk[member]])))) // RFC 7638 §3
    .digest('base64url')
  const sealedPrivateKey = sealPrivateKey(sealingKey, kid, privateKey.export({ format: 'der', type: 'pkcs8' }))
  return { kid, algorithm, publicJwk: { ...jwk, kid, alg: algorithm, use: 'sig' }, sealedPrivateKey, createdAt: now }
}

function openKey(record: SigningKeyRecord, sealingKey: Buffer): OpenKey {
  return { record, privateKey: createPrivateKey({ key: openPrivateKey(sealingKey, record.kid, record.sealedPrivateKey), format: 'der', type: 'pkcs8' }) }
}

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url')
}
