/**
 * Owns what happened: reading the log, and writing down refusals, which change nothing else. Events of acts are written by the acts themselves, in the same
 * commit; which events there are stands in `kernel`.
 */
export { type EventQuery, everyEvent, listEvents } from './list-events.ts'
export { createRefusalRecorder, type RefusalRecorder, type RefusalRecorderParts } from './refusal-recorder.ts'
export { type RefusedRequest, refusedEvent } from './refused-event.ts'
export { type EventFilter, type EventMember, type EventOrder, type EventsStore, eventMembers, eventOrders } from './store.ts'
