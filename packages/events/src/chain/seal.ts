/**
 * What a seal says, and how it is proven. Its value is the SHA-256 of what the batch is, of its events, and of the value before; it is vouched for by an HMAC-SHA-256 (RFC 2104) under a key that is
 * not in the database: who can write to the database but has not the key can make none that holds. Another secret key changes what vouches, and no value: a head that was kept stays one.
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
    digest: digestOfEvents(events),
  }
  const value = sealValue(before, seal)
  return { ...seal, value, keyId: key.id, mac: macOf(key, value) }
}

/** Whether the seal is ours and stands behind that place. Does not look at the events: they are those that were sealed where `digestOfEvents` is the same. */
export function proveSeal(keys: SealKeys, before: ChainPlace, seal: Seal): Proof {
  const proof = proveValue(keys, seal)
  return proof === 'proven' && !isLinked(before, seal) ? 'not_proven' : proof
}

/** Whether the value is that of what the seal says, behind that place: anybody can make such a one. */
export function isLinked(before: ChainPlace, seal: Seal): boolean {
  return isSame(sealValue(before, seal), seal.value)
}

/** Whether a former secret key vouches, which must not be taken away yet. */
export function isFormer([, ...former]: SealKeys, keyId: string): boolean {
  return former.some(({ id }) => id === keyId)
}

/** What vouches for the seal under the key in force, where a former one does now. What is not proven stays so. */
export function renewedSeal(keys: SealKeys, seal: Seal): Pick<Seal, 'keyId' | 'mac'> | undefined {
  const [key] = keys
  return seal.keyId === key.id || proveValue(keys, seal) !== 'proven' ? undefined : { keyId: key.id, mac: macOf(key, seal.value) }
}

export function renewedFloor(keys: SealKeys, floor: Floor): Pick<Floor, 'keyId' | 'proof'> | undefined {
  const isLeft = floor.number === 0 || floor.keyId === keys[0].id || proveFloor(keys, floor) !== 'proven'
  return isLeft ? undefined : proofOfFloor(keys, floor)
}

function proveValue(keys: SealKeys, { keyId, value, mac }: Seal): Proof {
  const key = keys.find(({ id }) => id === keyId)
  if (key === undefined) return 'key_unknown'
  return isSame(macOf(key, value), mac) ? 'proven' : 'not_proven'
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

function sealValue(before: ChainPlace, seal: Omit<Seal, 'value' | 'keyId' | 'mac'>): string {
  const { number, firstSeq, lastSeq, count, oldestAt, newestAt, sealedAt, digest } = seal
  const said = ['latchwork/events/batch/1', before.number, before.value, number, firstSeq, lastSeq, count, oldestAt, newestAt, sealedAt, digest]
  return createHash('sha256').update(JSON.stringify(said)).digest('base64url')
}

function macOf({ id, key }: SealKey, value: string): string {
  return hmacOf(key, JSON.stringify(['latchwork/events/seal/1', id, value])).toString('base64url')
}

function floorValue({ id, key }: SealKey, { number, lastSeq, value, removed }: Omit<Floor, 'keyId' | 'proof'>): string {
  return hmacOf(key, JSON.stringify(['latchwork/events/floor/1', number, lastSeq, value, removed, id])).toString('base64url')
}

export function isSame(expected: string, given: string): boolean {
  const [one, other] = [Buffer.from(expected), Buffer.from(given)]
  return one.length === other.length && timingSafeEqual(one, other)
}
