/** Accepts a break of the chain, as an operator who has looked: the check names it from then on, and goes on behind it. */
import { type NewEvent, refuse } from '@latchwork/kernel'
import { type Acceptance, acceptedBreak, type Standing, standingOf, standingOfBeginning } from './accepted-break.ts'
import { type BreakReason, type ChainBounds, checkBatch, checkBeginning, findAccepted, placeBehind } from './check-chain.ts'
import type { SealKeys } from './seal.ts'
import type { AcceptedBreak, EventChainStore } from './store.ts'

export interface BreakToAccept {
  /** As the check names it. */
  readonly batch: number
  readonly reason: BreakReason
  /** Every batch up to this one that is broken for the same reason is accepted with it; those that hold are passed over. */
  readonly through?: number
  readonly why: string
}

export interface AcceptedBreaks {
  /** How many breaks were accepted now, the batch of the first and of the last. */
  readonly count: number
  readonly first?: number
  readonly last?: number
  /** Where to go on for the rest up to `through`: hand it in as `batch`. */
  readonly next?: number
}

export interface Accepting {
  readonly actor: NewEvent['actor'] & { readonly id: string }
  readonly origin: Pick<NewEvent, 'address' | 'userAgent'>
  readonly now: number
}

const SEALS_AT_ONCE = 100

/**
 * Within bounds; all of it or nothing, with an event that says who accepted what and why. What stands there is bound: a later change is a break again.
 * @throws Refusal `not_found` where there is no such break now, `request_malformed` for one that cannot be accepted, `store_unavailable`.
 */
export async function acceptBreaks(
  store: EventChainStore,
  keys: SealKeys,
  wish: BreakToAccept,
  { actor, origin, now }: Accepting,
  bounds: ChainBounds,
): Promise<AcceptedBreaks> {
  const { batch, reason, through = batch, why } = wish
  const acceptance = { reason, why, acceptedBy: actor.id, acceptedAt: now }
  const { breaks, next } = await breaksFrom(store, keys, { batch, through, acceptance }, bounds)
  const [first, last] = [breaks[0], breaks.at(-1)]
  if (first === undefined || last === undefined) {
    if (next !== undefined) return { count: 0, next }
    return refuse('not_found', {
      detail: 'No batch from there on is broken for that reason, or it was accepted already: ask GET /v1/events/chain what is broken.',
    })
  }
  const told = { breaks: breaks.length, firstBatch: first.first, lastBatch: last.number, broken: reason }
  await store.acceptBreaks(breaks, { type: 'events.break_accepted', at: now, actor, ...origin, reason: why, data: told })
  return { count: breaks.length, first: first.first, last: last.number, ...(next === undefined ? {} : { next }) }
}

interface Found {
  readonly breaks: readonly AcceptedBreak[]
  readonly next?: number
}

interface Stretch {
  readonly batch: number
  readonly through: number
  readonly acceptance: Acceptance
}

async function breaksFrom(store: EventChainStore, keys: SealKeys, { batch, through, acceptance }: Stretch, bounds: ChainBounds): Promise<Found> {
  const floor = await store.findFloor()
  const breaks: AcceptedBreak[] = []
  const beginning = await checkBeginning(store, keys, floor)
  if (beginning?.broken.number === batch && beginning.broken.reason === acceptance.reason) {
    const numbers = { number: floor.number, first: batch }
    if (beginning.accepted === undefined) breaks.push(acceptedBreak(keys, numbers, bound(await standingOfBeginning(store, floor)), acceptance))
    if (through === batch) return { breaks }
  }
  let place = await placeBehind(store, floor, batch - 1)
  if (place === undefined) return { breaks }
  const deadline = performance.now() + bounds.milliseconds
  for (let looked = 0; ; ) {
    const seals = await store.listSeals(place.number, SEALS_AT_ONCE)
    for (const seal of seals) {
      if (place.number >= through) return { breaks }
      if (looked >= bounds.batches || (looked > 0 && performance.now() > deadline)) return { breaks, next: place.number + 1 }
      const broken = await checkBatch(store, keys, place, seal)
      if (broken?.reason === acceptance.reason && (await findAccepted(store, keys, place, seal, broken)) === undefined)
        breaks.push(acceptedBreak(keys, { number: seal.number, first: broken.number }, bound(await standingOf(store, place, seal)), acceptance))
      place = seal
      looked += 1
      await bounds.rest()
    }
    if (seals.length < SEALS_AT_ONCE) return { breaks }
  }
}

function bound(standing: Standing | undefined): Standing {
  return standing ?? refuse('request_malformed', { detail: 'More than 10000 events stand where one batch should: that cannot be accepted as one break.' })
}
