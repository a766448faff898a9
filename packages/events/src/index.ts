/**
 * Owns what happened: reading the log, and its chain of seals, how long it is kept, and writing down refusals, which change nothing else. Events of acts are written by the acts themselves, in the same
 * commit; which events there are stands in `kernel`.
 */
export { type AcceptedBreaks, type Accepting, acceptBreaks, type BreakToAccept } from './chain/accept-breaks.ts'
export {
  type Break,
  type BreakReason,
  breaks,
  type ChainBounds,
  type ChainPage,
  type ChainQuery,
  checkChain,
} from './chain/check-chain.ts'
export { headText } from './chain/head.ts'
export { type Over, removeOldEvents, tellRemovedEvents } from './chain/remove-old-events.ts'
export { renewSeals } from './chain/renew-seals.ts'
export { type SealKeys, sealBatch, sealKeysOf } from './chain/seal.ts'
export { createSealer, type Sealer, type SealerParts } from './chain/sealer.ts'
export type { AcceptedBreak, ChainPlace, EventChainStore, Fate, Floor, LoggedEvent, Removal, Renewal, Seal } from './chain/store.ts'
export { type EventQuery, everyEvent, listEvents } from './list-events.ts'
export { createRefusalRecorder, type RefusalRecorder, type RefusalRecorderParts } from './refusal-recorder.ts'
export { type RefusedRequest, refusedEvent } from './refused-event.ts'
export { type EventFilter, type EventMember, type EventOrder, type EventsStore, eventMembers, eventOrders } from './store.ts'
