/**
 * A break that an operator has accepted. It is bound to what stood there then: whatever is changed after that is a break again. It is vouched for as a seal is, so that who can write to the
 * database can accept nothing.
 */
import { createHash } from 'node:crypto'
import { hmacOf } from '@latchwork/kernel'
import { digestOfEvents, isSame, type SealKeys } from './seal.ts'
import type { AcceptedBreak, ChainPlace, EventChainStore, Floor, LoggedEvent, Seal } from './store.ts'

/** Events that may stand where one batch should. */
export const MOST_EVENTS = 10_000

/** What is bound: the place before, the seal that stands next, and the events between them. */
export interface Standing {
  readonly stands: string
  readonly found: string
}

export interface Acceptance extends Pick<AcceptedBreak, 'reason' | 'why' | 'acceptedBy' | 'acceptedAt'> {}

export function acceptedBreak([key]: SealKeys, numbers: Pick<AcceptedBreak, 'number' | 'first'>, standing: Standing, acceptance: Acceptance): AcceptedBreak {
  const accepted = { ...numbers, ...standing, ...acceptance, keyId: key.id }
  return { ...accepted, mac: macOf(key.key, accepted) }
}

/** `undefined` where more events stand there than can be bound. */
export async function standingOf(store: EventChainStore, before: ChainPlace, seal: Seal): Promise<Standing | undefined> {
  const events = await store.listLogged({ after: before.lastSeq, upTo: seal.lastSeq }, MOST_EVENTS + 1)
  return standing(standsAs(before, seal), events)
}

/** Of the beginning of the log: what is said to have been removed, and the events that stand before. */
export async function standingOfBeginning(store: EventChainStore, floor: Floor): Promise<Standing | undefined> {
  return standing(beginsAs(floor), await store.listLogged({ upTo: floor.lastSeq }, MOST_EVENTS + 1))
}

/** Whether the seal stands as it did when the break was accepted; says nothing of its events. */
export function isAcceptedSeal(keys: SealKeys, accepted: AcceptedBreak | undefined, before: ChainPlace, seal: Seal): boolean {
  return accepted !== undefined && isProven(keys, accepted) && accepted.stands === standsAs(before, seal)
}

export function isAccepted(keys: SealKeys, accepted: AcceptedBreak, reason: string, now: Standing | undefined): boolean {
  return isProven(keys, accepted) && accepted.reason === reason && accepted.stands === now?.stands && accepted.found === now.found
}

/** Under the key in force, where a former one vouches now. What is not proven stays so. */
export function renewedAcceptance(keys: SealKeys, accepted: AcceptedBreak): AcceptedBreak | undefined {
  const [key] = keys
  return accepted.keyId === key.id || !isProven(keys, accepted) ? undefined : acceptedBreak(keys, accepted, accepted, accepted)
}

function standing(stands: string, events: readonly LoggedEvent[]): Standing | undefined {
  return events.length > MOST_EVENTS ? undefined : { stands, found: digestOfEvents(events) }
}

/** Without what vouches for the seal, which a change of the secret key makes anew. */
function standsAs(before: ChainPlace, { number, firstSeq, lastSeq, count, oldestAt, newestAt, sealedAt, digest, value }: Seal): string {
  const seal = [number, firstSeq, lastSeq, count, oldestAt, newestAt, sealedAt, digest, value]
  return digestOf(['latchwork/events/stands/1', before.number, before.lastSeq, before.value, ...seal])
}

function beginsAs({ number, lastSeq, value, removed }: Floor): string {
  return digestOf(['latchwork/events/begins/1', number, lastSeq, value, removed])
}

function digestOf(said: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(said)).digest('base64url')
}

function isProven(keys: SealKeys, accepted: AcceptedBreak): boolean {
  const key = keys.find(({ id }) => id === accepted.keyId)
  return key !== undefined && isSame(macOf(key.key, accepted), accepted.mac)
}

function macOf(key: Buffer, { number, first, reason, stands, found, acceptedAt, acceptedBy, why, keyId }: Omit<AcceptedBreak, 'mac'>): string {
  const said = ['latchwork/events/accepted/1', number, first, reason, stands, found, acceptedAt, acceptedBy, why, keyId]
  return hmacOf(key, JSON.stringify(said)).toString('base64url')
}
