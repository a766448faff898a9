/** What tests of the chain over the event log need: events, a sealer, the check of it all. */
import assert from 'node:assert/strict'
import {
  type AcceptedBreaks,
  acceptBreaks,
  type BreakToAccept,
  type ChainPage,
  type ChainQuery,
  checkChain,
  createSealer,
  removeOldEvents,
  type Sealer,
  type SealKeys,
  sealKeysOf,
} from '@latchwork/events'
import type { NewEvent } from '@latchwork/kernel'
import type { Store } from '../src/index.ts'
import { T0 } from './records.ts'

/** The same in every process. */
export const keys = sealKeysOf([Buffer.alloc(32, 'chain')])

export function eventsOf(count: number, at = T0): readonly NewEvent[] {
  return Array.from({ length: count }, (_, index) => ({ type: 'key.created', at: at + index, actor: { kind: 'system' }, reason: String(index) }))
}

export function sealerOf(store: Store, { now = T0, told = [], by = keys }: { now?: number; told?: string[]; by?: SealKeys } = {}): Sealer {
  return createSealer({ store: store.eventChain, keys: by, now: () => now, rest: async () => true, onTrouble: (message) => void told.push(message) })
}

export const sealAll = (store: Store, now = T0): Promise<void> => sealerOf(store, { now }).turn()

/** Page by page: the last page, with all that was checked. */
export async function check(store: Store, query: ChainQuery = {}, by: SealKeys = keys, batches = 3): Promise<ChainPage> {
  const bounds = { events: 1_000_000, batches, milliseconds: 60_000, rest: async () => {} }
  const first = await checkChain(store.eventChain, by, query, bounds)
  let page = first
  let { checked } = first
  const accepted = [...first.accepted]
  while (page.next !== undefined && page.broken === undefined) {
    page = await checkChain(store.eventChain, by, { after: page.next }, bounds)
    checked = { batches: checked.batches + page.checked.batches, events: checked.events + page.checked.events }
    accepted.push(...page.accepted)
  }
  return { ...page, checked, accepted, ...(first.headIs === undefined ? {} : { headIs: first.headIs }) }
}

/** How it is broken and where, or that it is whole. */
export async function verdict(store: Store, query: ChainQuery = {}, by: SealKeys = keys): Promise<string> {
  const { broken } = await check(store, query, by)
  return broken === undefined ? 'whole' : `${broken.reason} ${broken.number}`
}

/** As an operator who has looked, piece by piece. Gives how many. */
export async function accept(store: Store, wish: Omit<BreakToAccept, 'why'>, by: SealKeys = keys, batches = 3, milliseconds = 60_000): Promise<number> {
  const bounds = { events: 1_000_000, batches, milliseconds, rest: async () => {} }
  const accepting = { actor: { kind: 'root_key', id: 'root_1' }, origin: {}, now: T0 } as const
  let [count, next]: [number, number | undefined] = [0, wish.batch]
  while (next !== undefined) {
    const answer: AcceptedBreaks = await acceptBreaks(store.eventChain, by, { ...wish, batch: next, why: 'a disk was repaired' }, accepting, bounds)
    count += answer.count
    assert.ok(answer.next === undefined || answer.next > next, 'it gets on')
    next = answer.next
  }
  return count
}

/** @param now later than all that was written unless a clock was ahead. */
export async function removeAll(store: Store, before: number, limit = 100, now = before + 400 * 86_400_000): Promise<void> {
  while (await removeOldEvents(store.eventChain, keys, { before, now }, limit));
}
