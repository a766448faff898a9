/** Checks the chain over the event log, a page at a time: every seal, and every event under it. */
import { isAccepted, MOST_EVENTS, standingOf, standingOfBeginning } from './accepted-break.ts'
import { type Head, parseHead } from './head.ts'
import { digestOfEvents, isFormer, isLinked, proveFloor, proveSeal, type SealKeys } from './seal.ts'
import type { AcceptedBreak, ChainPlace, EventChainStore, Floor, Seal } from './store.ts'

/** What a check can find. */
export const breaks = {
  events_changed: 'Events of this batch were changed, removed, added or moved since they were sealed.',
  seal_changed: 'The seal of this batch, or of the one before it, was changed, or made without the secret key of the server.',
  seal_missing: 'The seal of a batch was removed.',
  after_missing:
    'There is no batch of the number that was given as after: the end of the log was cut off since the page before, or that number was never the next of a page. Begin without it, and hand in a head that you kept.',
  key_unknown:
    'This was sealed under a secret key that the server does not know: name it in formerSecretKeys for one start. If it never was one of yours, somebody else made it.',
  beginning_changed: 'The beginning of the log was removed, and not by the server.',
  events_before: 'There are events before the first batch that is kept: they were added.',
  head_missing: 'The head that was given is not in the chain: the end of the log was cut off, made anew, or an older state was restored.',
} as const

export type BreakReason = keyof typeof breaks

export interface Break {
  readonly reason: BreakReason
  /** The batch; the one that should be there, if it is missing. */
  readonly number: number
  /** As the seal says, if it is there. */
  readonly seal?: Seal
  /** How many events stand where the batch should. */
  readonly found?: number
}

export interface ChainPage {
  readonly checked: { readonly batches: number; readonly events: number }
  /** Whether a former secret key still vouches for some of it. */
  readonly needsFormerKey: boolean
  /** What does not hold and was accepted as it stands. */
  readonly accepted: readonly AcceptedBreak[]
  /** The first batch that does not hold, and that nobody accepted. What stands behind it was not looked at. */
  readonly broken?: Break
  /** Where to go on: hand it in as `after`. Absent: the chain was checked to its end, or it is broken. */
  readonly next?: number
  readonly floor: Floor
  readonly head?: Seal
  /** Whether the head that was given is in the chain; `removed`: its batch was, since its time was over. */
  readonly headIs?: 'in_chain' | 'removed' | 'missing'
  /** Not sealed yet; `count` goes up to 10 000. */
  readonly unsealed: { readonly count: number; readonly since?: number }
}

export interface ChainQuery {
  /** The `next` of the page before. */
  readonly after?: number
  /** A head that was written down earlier. */
  readonly head?: string
}

export interface ChainBounds {
  readonly events: number
  readonly batches: number
  readonly milliseconds: number
  /** Between two batches. */
  readonly rest: () => Promise<unknown>
}

const UNSEALED_COUNTED = 10_000

/**
 * One page of the check: the beginning of the log and the head that was given, then batch by batch, within bounds. Reads only.
 * @throws Refusal `request_malformed`, `store_unavailable`.
 */
export async function checkChain(store: EventChainStore, keys: SealKeys, { after = 0, head }: ChainQuery, bounds: ChainBounds): Promise<ChainPage> {
  const wanted = head === undefined ? undefined : parseHead(head)
  const newest = await store.findNewestSeal()
  const floor = await store.findFloor()
  const headIs = wanted === undefined ? undefined : await findHead(store, floor, wanted)
  const walked =
    headIs === 'missing' && wanted !== undefined
      ? { ...NOTHING, broken: { reason: 'head_missing', number: wanted.number } as const }
      : await walkFromBeginning(store, keys, { floor, newest: newest ?? floor, after }, bounds)
  return {
    ...walked,
    floor,
    unsealed: await store.findUnsealed((newest ?? floor).lastSeq, UNSEALED_COUNTED),
    ...(newest === undefined ? {} : { head: newest }),
    ...(headIs === undefined ? {} : { headIs }),
  }
}

async function findHead(store: EventChainStore, floor: Floor, { number, value }: Head): Promise<NonNullable<ChainPage['headIs']>> {
  if (number < floor.number) return 'removed'
  const found = number === floor.number ? floor : await store.findSeal(number)
  if (found?.value === value) return number === floor.number ? 'removed' : 'in_chain'
  return found === undefined && (await store.findFloor()).number >= number ? 'removed' : 'missing'
}

async function walkFromBeginning(store: EventChainStore, keys: SealKeys, way: Way, bounds: ChainBounds): Promise<Walked> {
  const beginning = await checkBeginning(store, keys, way.floor)
  if (beginning !== undefined && beginning.accepted === undefined) return { ...NOTHING, broken: beginning.broken }
  const walked = await walk(store, keys, way, bounds)
  return beginning?.accepted === undefined || way.after > way.floor.number ? walked : withBeginning(keys, walked, beginning.accepted)
}

function withBeginning(keys: SealKeys, walked: Walked, beginning: AcceptedBreak): Walked {
  return { ...walked, accepted: [beginning, ...walked.accepted], needsFormerKey: walked.needsFormerKey || isFormer(keys, beginning.keyId) }
}

interface BrokenBeginning {
  readonly broken: Break
  readonly accepted?: AcceptedBreak
}

export async function checkBeginning(store: EventChainStore, keys: SealKeys, floor: Floor): Promise<BrokenBeginning | undefined> {
  const broken = await brokenBeginning(store, keys, floor)
  if (broken === undefined) return undefined
  const accepted = await store.findAccepted(floor.number)
  const holds = accepted !== undefined && isAccepted(keys, accepted, broken.reason, await standingOfBeginning(store, floor))
  return { broken, ...(holds ? { accepted } : {}) }
}

async function brokenBeginning(store: EventChainStore, keys: SealKeys, floor: Floor): Promise<Break | undefined> {
  const proof = proveFloor(keys, floor)
  const hasEarlier = (await store.listLogged({ upTo: floor.lastSeq }, 1)).length > 0
  if (proof === 'proven') return hasEarlier ? { reason: 'events_before', number: floor.number + 1 } : undefined
  return { reason: proof === 'key_unknown' && !hasEarlier ? proof : 'beginning_changed', number: floor.number }
}

/** Where the page before ended, unless that was removed meanwhile. */
export async function placeBehind(store: EventChainStore, floor: Floor, after: number): Promise<ChainPlace | undefined> {
  if (after <= floor.number) return floor
  const seal = await store.findSeal(after)
  if (seal !== undefined) return seal
  const now = await store.findFloor()
  return now.number >= after ? now : undefined
}

const SEALS_AT_ONCE = 100

type Walked = Pick<ChainPage, 'checked' | 'needsFormerKey' | 'accepted' | 'broken' | 'next'>
const NOTHING = { checked: { batches: 0, events: 0 }, needsFormerKey: false, accepted: [] } as const

interface Way {
  readonly floor: Floor
  /** As it was before the floor was read. */
  readonly newest: ChainPlace
  readonly after: number
}

async function walk(store: EventChainStore, keys: SealKeys, { floor, newest, after }: Way, bounds: ChainBounds): Promise<Walked> {
  const from = await placeBehind(store, floor, after)
  if (from === undefined) return { ...NOTHING, broken: { reason: after > newest.number ? 'after_missing' : 'seal_missing', number: after } }
  const deadline = performance.now() + bounds.milliseconds
  let place = from
  let needsFormerKey = floor.number > 0 && isFormer(keys, floor.keyId)
  let [batches, events] = [0, 0]
  const accepted: AcceptedBreak[] = []
  const told = () => ({ checked: { batches, events }, needsFormerKey, accepted })
  for (;;) {
    const seals = await store.listSeals(place.number, SEALS_AT_ONCE)
    for (const seal of seals) {
      const broken = await checkBatch(store, keys, place, seal)
      if (broken !== undefined) {
        const known = await findAccepted(store, keys, place, seal, broken)
        const floor = await store.findFloor()
        // Removed while we looked, by the server itself: the next page begins there.
        if (floor.number >= broken.number && proveFloor(keys, floor) === 'proven') return { ...told(), next: floor.number }
        if (known === undefined) return { ...told(), broken }
        accepted.push(known)
        needsFormerKey ||= isFormer(keys, known.keyId)
      }
      place = seal
      needsFormerKey ||= isFormer(keys, seal.keyId)
      batches += 1
      events += seal.count
      await bounds.rest()
      if (batches >= bounds.batches || events >= bounds.events || performance.now() > deadline) return { ...told(), next: place.number }
    }
    if (seals.length < SEALS_AT_ONCE) return told()
  }
}

/** What was accepted of this break, if it stands as it did then. */
export async function findAccepted(store: EventChainStore, keys: SealKeys, before: ChainPlace, seal: Seal, broken: Break): Promise<AcceptedBreak | undefined> {
  const accepted = await store.findAccepted(seal.number)
  if (accepted === undefined) return undefined
  return isAccepted(keys, accepted, broken.reason, await standingOf(store, before, seal)) ? accepted : undefined
}

export async function checkBatch(store: EventChainStore, keys: SealKeys, before: ChainPlace, seal: Seal): Promise<Break | undefined> {
  if (seal.number !== before.number + 1) return { reason: 'seal_missing', number: before.number + 1 }
  const proof = proveSeal(keys, before, seal)
  if (proof === 'not_proven' || !isLinked(before, seal)) return { reason: 'seal_changed', number: seal.number, seal }
  // One more than there should be shows that there are more. The count is proven, unless the key is unknown.
  const events = await store.listLogged({ after: before.lastSeq, upTo: seal.lastSeq }, Math.min(seal.count, MOST_EVENTS) + 1)
  const isWhole = events.length === seal.count && digestOfEvents(events) === seal.digest
  if (!isWhole) return { reason: 'events_changed', number: seal.number, seal, found: events.length }
  return proof === 'key_unknown' ? { reason: proof, number: seal.number, seal } : undefined // all else holds: who accepts that accepts no more
}
