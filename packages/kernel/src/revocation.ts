/** What the revocation feed says: something that credentials live by has ended. */

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
