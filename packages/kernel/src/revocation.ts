/** What the revocation feed says: something that credentials live by has ended. */
import { hash } from 'node:crypto'

/**
 * What a credential can live by. No token lives by `client_secrets`: an entry says that what is remembered of a client's ways to prove itself must be read anew. By `grant_scope` live
 * self-contained tokens alone: a scope that a person took off the grant.
 */
export type LifelineKind =
  | 'key'
  | 'root_key'
  | 'account'
  | 'user'
  | 'session'
  | 'consent'
  | 'grant'
  | 'grant_scope'
  | 'client'
  | 'client_secrets'
  | 'token'
  | 'signing_key'

/** One thing that a credential lives by, written `kind:id`; when it ends, the credential is dead. */
export type Lifeline = `${LifelineKind}:${string}`

/** A scope of a grant. What is taken off a grant never comes back to it: who allows it again makes another grant. */
export function lifelineOfScope(grantId: string, scope: string): Lifeline {
  return `grant_scope:${grantId}/${scope}`
}

/** An end, to be written in the act that makes it so. */
export interface Revocation {
  readonly lifeline: Lifeline
  /** Epoch milliseconds. */
  readonly at: number
  /** When the last self-contained token that lived by it has expired, and the entry may be forgotten; epoch milliseconds. */
  readonly until: number
}

/** A revocation in the feed. Ids rise in the order of commit: who has seen `feedId` n has seen all before. */
export interface FeedEntry extends Revocation {
  readonly feedId: number
}

/** The entry of the feed up to which somebody has heard. */
export interface FeedPosition {
  readonly feedId: number
  /** Of what the entry says: where an older state of the database took its place, the number alone may be another entry's. Empty before the first. */
  readonly mark: string
}

/** Before the first entry. */
export const FEED_BEGINNING: FeedPosition = { feedId: 0, mark: '' }

const MARK_DIGITS = 16

/** Its mark is the beginning of the SHA-256 of all it says, its time among it: no other entry, written later under the same number, has it. */
export function positionOf({ feedId, lifeline, at, until }: FeedEntry): FeedPosition {
  return { feedId, mark: hash('sha256', JSON.stringify([feedId, lifeline, at, until]), 'hex').slice(0, MARK_DIGITS) }
}

/** Whether both stand on one entry of one feed. */
export function isSamePosition(one: FeedPosition, other: FeedPosition): boolean {
  return one.feedId === other.feedId && one.mark === other.mark
}

/** As it is told: `57-0f3a…`, `0` before the first entry. */
export function positionText({ feedId, mark }: FeedPosition): string {
  return feedId === 0 ? '0' : `${feedId}-${mark}`
}

const POSITION = /^([1-9]\d{0,14})-([0-9a-f]{16})$/

/** `undefined` for what is no position. */
export function parsePosition(text: string): FeedPosition | undefined {
  if (text === '0') return FEED_BEGINNING
  const [, feedId, mark] = POSITION.exec(text) ?? []
  return feedId === undefined || mark === undefined ? undefined : { feedId: Number(feedId), mark }
}
