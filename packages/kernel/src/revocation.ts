/** What the revocation feed says: something that credentials live by has ended. */

/** What a credential can live by. No token lives by `client_secrets`: an entry says that what is remembered of a client's ways to prove itself must be read anew. */
export type LifelineKind = 'key' | 'root_key' | 'account' | 'user' | 'session' | 'consent' | 'grant' | 'client' | 'client_secrets' | 'token' | 'signing_key'

/** One thing that a credential lives by, written `kind:id`; when it ends, the credential is dead. */
export type Lifeline = `${LifelineKind}:${string}`

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
