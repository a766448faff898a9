/**
 * What a seal says, and how it is proven. Each is an HMAC-SHA-256 (RFC 2104), under a key that is not in the database, over what the batch is, the SHA-256 of its events, and the seal before:
 * who can write to the database but has not the key can make none that holds.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { hmacOf } from '@latchwork/kernel'
import type { ChainPlace, Floor, LoggedEvent, Seal } from './store.ts'

/** The key that seals, then those of former secret keys, which only prove. */
export type SealKeys = readonly [SealKey, ...SealKey[]]

export interface SealKey {
  readonly id: string
  readonly key: Buffer
}

export type Proof = 'proven' | 'not_proven' | 'key_unknown'

/** @param keys 32 bytes each, the one in force first. */
export function sealKeysOf(keys: readonly [Buffer, ...Buffer[]]): SealKeys {
  return keys.map((key) => ({ id: hmacOf(key, 'latchwork/events/key').toString('base64url').slice(0, 8), key })) as [SealKey, ...SealKey[]]
}

/** The batch behind `before`, sealed under the key in force. @param events at least one. */
export function sealBatch([key]: SealKeys, before: ChainPlace, events: readonly LoggedEvent[], now: number): Seal {
  const seqs = events.map(({ seq }) => seq)
  const times = events.map(({ at }) => at)
  const seal = {
    number: before.number + 1,
    firstSeq: Math.min(...seqs),
    lastSeq: Math.max(...seqs),
    count: events.length,
    oldestAt: Math.min(...times),
    newestAt: Math.max(...times),
    sealedAt: now,
    keyId: key.id,
    digest: digestOfEvents(events),
  }
  return { ...seal, value: sealValue(key, before, seal) }
}

/** Whether the seal is ours and stands behind that place. Does not look at the events: they are those that were sealed where `digestOfEvents` is the same. */
export function proveSeal(keys: SealKeys, before: ChainPlace, seal: Seal): Proof {
  const key = keys.find(({ id }) => id === seal.keyId)
  if (key === undefined) return 'key_unknown'
  return isSame(sealValue(key, before, seal), seal.value) ? 'proven' : 'not_proven'
}

/** No two different lists of rows are written alike: JSON keeps texts, numbers and nothing apart, and a line ends where none of it can. */
export function digestOfEvents(events: readonly LoggedEvent[]): string {
  const hash = createHash('sha256')
  for (const { cells } of events) hash.update(`${JSON.stringify(cells)}\n`)
  return hash.digest('base64url')
}

export function proofOfFloor([key]: SealKeys, floor: Omit<Floor, 'keyId' | 'proof'>): Pick<Floor, 'keyId' | 'proof'> {
  return { keyId: key.id, proof: floorValue(key, floor) }
}

/** Whether it was the server that removed what stood before. Nothing was, where the number is 0. */
export function proveFloor(keys: SealKeys, floor: Floor): Proof {
  if (floor.number === 0) return floor.lastSeq === 0 && floor.value === '' ? 'proven' : 'not_proven'
  const key = keys.find(({ id }) => id === floor.keyId)
  if (key === undefined) return 'key_unknown'
  return isSame(floorValue(key, floor), floor.proof) ? 'proven' : 'not_proven'
}

function sealValue({ key }: SealKey, before: ChainPlace, seal: Omit<Seal, 'value'>): string {
  const { number, firstSeq, lastSeq, count, oldestAt, newestAt, sealedAt, keyId, digest } = seal
  const said = ['latchwork/events/seal/1', before.number, before.value, number, firstSeq, lastSeq, count, oldestAt, newestAt, sealedAt, keyId, digest]
  return hmacOf(key, JSON.stringify(said)).toString('base64url')
}

function floorValue({ id, key }: SealKey, { number, lastSeq, value, removed }: Omit<Floor, 'keyId' | 'proof'>): string {
  return hmacOf(key, JSON.stringify(['latchwork/events/floor/1', number, lastSeq, value, removed, id])).toString('base64url')
}

function isSame(expected: string, given: string): boolean {
  const [one, other] = [Buffer.from(expected), Buffer.from(given)]
  return one.length === other.length && timingSafeEqual(one, other)
}
