/**
 * The ring of signing keys: one current key per algorithm in use, sealed at rest, published as a JWK set. Every node holds the ring in memory and reads it anew now and
 * then: what is to come is published long before, so a node that has not heard of a change yet is harmless.
 */
import { type Clock, refuse } from '@latchwork/kernel'
import { algorithms } from './algorithms.ts'
import { type Chosen, chooseKey } from './choose-key.ts'
import { bySchedule, journalOf, signingKeyEvent } from './key-event.ts'
import { type Ed25519Name, makeSigningKey } from './make-key.ts'
import { renewPrivateHalves } from './renew-private-halves.ts'
import { type SigningAlgorithm, type SigningKeyRecord, type SigningStore, signingAlgorithms } from './store.ts'
import type { Signer, Vault } from './vault.ts'

export interface RingPolicy {
  /** How long a key is the current one. */
  readonly rotateEveryMs: number
  /** How long a key is published before it is used: longer than anybody keeps a copy of the set. */
  readonly publishAheadMs: number
  /** How long a retired key stays published: the longest life of a token, and room for nodes that have not heard and for clocks that differ. */
  readonly keepPublishedMs: number
  readonly ed25519Name: Ed25519Name
}

export interface KeyRing {
  /**
   * A JWS in compact form (RFC 7515 §3.1) over the claims as they are: the caller sets every claim.
   * @param type the `typ` header (RFC 8725 §3.11): `session+jwt`, `JWT` for an ID token.
   * @throws Refusal `store_unavailable` when there is no key to sign with.
   */
  readonly sign: (algorithm: SigningAlgorithm, type: string, claims: Readonly<Record<string, unknown>>) => Promise<string>
  /** The published public halves (RFC 7517 §5), those in use first. The same array until something changes. */
  readonly publicKeys: () => readonly Readonly<Record<string, string>>[]
  /** Every key known, the oldest first; of withdrawn ones the public half is still here, for our own tokens that come back. */
  readonly keys: () => readonly SigningKeyRecord[]
  /** Makes the first key of the algorithm unless there is one. Call it when a client or an API first asks for it, long before the first token. */
  readonly ensure: (algorithm: SigningAlgorithm) => Promise<void>
  /** Reads the ring anew. @throws Refusal `store_unavailable`; what is held stays in force. */
  readonly refresh: () => Promise<void>
  readonly store: SigningStore
  readonly vault: Vault
  readonly policy: RingPolicy
}

export interface RingParts {
  readonly store: SigningStore
  readonly vault: Vault
  readonly clock: Clock
  readonly policy: RingPolicy
  /** Hears of keys that another node made and this one cannot open. */
  readonly onTrouble?: (message: string, cause?: unknown) => void
}

/** A chosen key with what signing needs, made once. */
interface InUse extends Chosen {
  readonly signer: Signer
  readonly headers: Map<string, string>
}

/**
 * Opens the ring: seals anew what a former secret key had sealed, and makes the keys that are missing. Nodes that start at once on one store end with the same keys.
 * @throws Error when a private half cannot be opened, with what to do.
 */
export async function openKeyRing(parts: RingParts): Promise<KeyRing> {
  const ring = ringOf(parts)
  for (const key of await parts.store.listSigningKeys()) if (key.privateHalf !== undefined) parts.vault.open({ ...key, privateHalf: key.privateHalf })
  await renewPrivateHalves(parts.store, parts.vault)
  await ring.refresh()
  await Promise.all(signingAlgorithms.filter((algorithm) => algorithms[algorithm].isAlwaysInUse).map(ring.ensure))
  return ring
}

function ringOf({ store, vault, clock, policy, onTrouble = () => {} }: RingParts): KeyRing {
  let records: readonly SigningKeyRecord[] = []
  let published: readonly Readonly<Record<string, string>>[] = []
  let signers = new Map<string, Signer>()
  let reading: Promise<void> = Promise.resolve()
  const inUse = new Map<SigningAlgorithm, InUse>()
  const ensuring = new Map<SigningAlgorithm, Promise<void>>()

  const read = async (): Promise<void> => {
    const found = await store.listSigningKeys()
    signers = signersOf(found, signers, vault, onTrouble)
    records = found
    inUse.clear()
    const keys = publishedOf(found)
    if (keys.map(({ kid }) => kid).join() !== published.map(({ kid }) => kid).join()) published = keys
  }
  // One after the other: a reading that began before a change does not count for it.
  const refresh = (): Promise<void> => {
    reading = reading.catch(() => {}).then(read)
    return reading
  }
  const choose = (algorithm: SigningAlgorithm, now: number): InUse | undefined => {
    const chosen = chooseKey(records, algorithm, now, ({ kid }) => signers.has(kid))
    const signer = chosen && signers.get(chosen.key.kid)
    if (chosen === undefined || signer === undefined) return undefined
    const key = { ...chosen, signer, headers: new Map() }
    inUse.set(algorithm, key)
    return key
  }
  const ensure = async (algorithm: SigningAlgorithm): Promise<void> => {
    if (records.some((key) => key.algorithm === algorithm && key.state === 'current')) return
    const under = ensuring.get(algorithm) ?? addFirstKey({ store, vault, policy }, algorithm, clock.now()).finally(() => ensuring.delete(algorithm))
    ensuring.set(algorithm, under)
    await under
    await refresh()
  }
  const firstKey = async (algorithm: SigningAlgorithm): Promise<InUse> => {
    await ensure(algorithm)
    return choose(algorithm, clock.now()) ?? refuse('store_unavailable', { reason: `no signing key for ${algorithm} can be opened` })
  }
  return {
    async sign(algorithm, type, claims) {
      const now = clock.now()
      const held = inUse.get(algorithm)
      const key = held !== undefined && now >= held.from && now < held.until ? held : choose(algorithm, now)
      return signWith(key ?? (await firstKey(algorithm)), type, claims)
    },
    publicKeys: () => published,
    keys: () => records,
    ensure,
    refresh,
    store,
    vault,
    policy,
  }
}

async function signWith({ key, signer, headers }: InUse, type: string, claims: Readonly<Record<string, unknown>>): Promise<string> {
  let header = headers.get(type)
  if (header === undefined) {
    header = base64url(JSON.stringify({ alg: key.publicJwk['alg'], typ: type, kid: key.kid }))
    headers.set(type, header)
  }
  const signed = `${header}.${base64url(JSON.stringify(claims))}`
  const signature = await signer.sign(Buffer.from(signed, 'latin1'))
  return `${signed}.${signature.toString('base64url')}`
}

/** Signers of all keys that have a private half. One that is open already stays so: another node may have sealed it under a key this one does not have. */
function signersOf(records: readonly SigningKeyRecord[], open: ReadonlyMap<string, Signer>, vault: Vault, onTrouble: RingParts['onTrouble'] & object) {
  const signers = new Map<string, Signer>()
  for (const { privateHalf, ...key } of records) {
    if (privateHalf === undefined) continue
    try {
      signers.set(key.kid, open.get(key.kid) ?? vault.open({ ...key, privateHalf }))
    } catch (cause) {
      onTrouble('a signing key of another node cannot be opened; this node goes on with those it has', cause)
    }
  }
  return signers
}

const order = ['current', 'next', 'retired'] as const

function publishedOf(records: readonly SigningKeyRecord[]): readonly Readonly<Record<string, string>>[] {
  return order.flatMap((state) => records.filter((key) => key.state === state).map(({ publicJwk }) => publicJwk))
}

async function addFirstKey({ store, vault, policy }: Pick<RingParts, 'store' | 'vault' | 'policy'>, algorithm: SigningAlgorithm, now: number): Promise<void> {
  const key = await makeSigningKey(vault, { algorithm, state: 'current', ed25519Name: policy.ed25519Name, now, activatesAt: now })
  await store.addSigningKey(key, journalOf([signingKeyEvent('signing_key.created', key, bySchedule, now)]))
}

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url')
}
