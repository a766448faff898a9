/** What the revocation feed says: something that credentials live by has ended. */
import { hash } from 'node:crypto'

/**
 * What a credential can live by. No token lives by `client_secrets`: an entry says that what is remembered of a client's ways to prove itself must be read anew. By `grant_scope` live
 * self-contained tokens alone: a scope that a person took off the grant. By `client_right` and `right` too: what was taken from the client, or from everybody by the configuration. What is
 * looked up is narrowed as it is read; for that an entry of `client_rights` has what is remembered of the client's read anew, and one of `configuration` all that is remembered.
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
  | 'client_right'
  | 'client_rights'
  | 'right'
  | 'configuration'
  | 'token'
  | 'signing_key'

/** One thing that a credential lives by, written `kind:id`; when it ends, the credential is dead. */
export type Lifeline = `${LifelineKind}:${string}`

/** A scope of a grant. What is taken off a grant never comes back to it: who allows it again makes another grant. */
export function lifelineOfScope(grantId: string, scope: string): Lifeline {
  return `grant_scope:${grantId}/${scope}`
}

/** What a client may have its tokens carry: a scope, the identifier of an API, or that it acts for itself (`client_credentials`). It can be taken and given again. */
export function lifelineOfClientRight(clientId: string, right: string): Lifeline {
  return `client_right:${clientId}/${right}`
}

/** A scope or an API as the configuration defines it, for whoever's tokens. It can be taken and given again. */
export function lifelineOfRight(right: string): Lifeline {
  return `right:${right}`
}

/** The configuration has changed: what was looked up before may carry what it no longer defines. */
export const LOOK_UPS_ANEW: Lifeline = 'configuration:rights'

/** A right of a client whose tokens have no person behind them. */
export const ACTS_FOR_ITSELF = 'client_credentials'

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
