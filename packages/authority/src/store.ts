/** What authority asks of a store. "Alive" is always a join over everything a thing lives by; nothing keeps a copy of it. */
import type { CredentialRecord, Environment, FeedEntry, FeedPosition, Journal } from '@latchwork/kernel'

/** One authorization on one device: one token family. */
export interface Grant {
  readonly id: string
  /** `session`: a person's own front end; `oauth`: a client on a person's behalf. */
  readonly kind: 'session' | 'oauth'
  readonly userId: string
  readonly clientId?: string
  readonly consentId?: string
  /** The login session it lives by. An OAuth grant with `offline_access` has none and outlives the sign-out. */
  readonly sessionId?: string
  readonly scopes: readonly string[]
  readonly audience: readonly string[]
  /** When the person proved who they are; epoch milliseconds (`auth_time`). */
  readonly authenticatedAt: number
  readonly createdAt: number
  /** The login session in which the person said yes, whether or not the grant lives by it: who signs out there is signed out at the application (`sid`). */
  readonly begunIn?: string
  readonly details?: GrantDetails
}

/** What was asked and known when the grant was made, for the tokens to come; absent members were not asked for. */
export interface GrantDetails {
  /** How the person proved themselves (RFC 8176), for `amr` and `acr`. */
  readonly methods?: readonly string[]
  /** How strongly (OpenID Connect Core §2): of what was reached, what was asked for first. */
  readonly acr?: string
  /** Claims asked for one by one (OpenID Connect Core §5.5), as far as the person's consent and this server know them. */
  readonly claims?: { readonly idToken?: readonly string[]; readonly userInfo?: readonly string[] }
  /** Scopes that were asked for and not given. */
  readonly withheld?: readonly string[]
}

export interface NewRefreshToken {
  readonly digest: string
  readonly grantId: string
  /** 0 for the first of a family; each rotation adds one. */
  readonly generation: number
  readonly issuedAt: number
  readonly expiresAt: number
}

export interface RefreshRecord extends NewRefreshToken {
  readonly grant: Grant
  readonly consumedAt?: number
  /** Grant, consent, login session, user and client all alive. Says nothing of time. */
  readonly alive: boolean
}

export interface NewAccessToken {
  readonly id: string
  readonly digest: string
  readonly fingerprint: string
  /** Absent for a client acting for itself; the token then lives by its client. */
  readonly grantId?: string
  readonly clientId: string
  readonly userId?: string
  /** Who the person is to the client, where that is not their id (pairwise). */
  readonly subject?: string
  readonly environment: Environment
  readonly scopes: readonly string[]
  readonly audience: readonly string[]
  readonly issuedAt: number
  readonly expiresAt: number
}

/** What a client may have now. Its tokens carry no more, whatever they were issued with. */
export interface ClientRights {
  readonly scopes: readonly string[]
  readonly audiences: readonly string[]
  readonly grantTypes: readonly string[]
}

/** As it was issued: what is left of it says who looks at the client's rights. */
export interface AccessTokenRecord extends CredentialRecord {
  readonly rights: ClientRights
  readonly issuedAt: number
  /** Of its grant, if a person is behind it. */
  readonly authenticatedAt?: number
  readonly details?: GrantDetails
}

/** A JWT access token of which nothing is stored: what it lives by, as it says itself. */
export interface SelfContainedToken {
  /** Its `jti`. */
  readonly id: string
  readonly clientId: string
  readonly grantId?: string
  /** Epoch milliseconds. */
  readonly expiresAt: number
}

export interface Rotation {
  /** Digest of the refresh token that is used up. */
  readonly consumedDigest: string
  readonly now: number
  readonly successor: NewRefreshToken
  /** The opaque access token issued with it; a session's JWT is not stored. */
  readonly accessToken?: NewAccessToken
}

/** A used refresh token presented again within its window. */
export interface RefreshRetry {
  readonly consumedDigest: string
  /** What it was traded for, and must be unused still. */
  readonly successorDigest: string
  readonly now: number
  readonly accessToken?: NewAccessToken
}

export interface AuthorityStore {
  readonly findRefreshToken: (digest: string) => Promise<RefreshRecord | undefined>
  /** Consumes, inserts the successor, all or nothing; false (and nothing written) if it was consumed already or its grant has ended. */
  readonly rotateRefreshToken: (rotation: Rotation, journal: Journal) => Promise<boolean>
  /** Writes what the retry buys beside the successor that is there; false (and nothing written) if the successor was used or has expired, or the grant has ended. */
  readonly retryRefreshToken: (retry: RefreshRetry, journal: Journal) => Promise<boolean>
  readonly findGrant: (grantId: string) => Promise<(Grant & { readonly alive: boolean }) | undefined>
  /** Ends the grant and with it every token under it; false (and nothing written) if it had ended before. */
  readonly endGrant: (grantId: string, reason: string, now: number, journal: Journal) => Promise<boolean>
  readonly findAccessToken: (digest: string) => Promise<AccessTokenRecord | undefined>
  /** Ends one access token; false if it had ended or never was. */
  readonly endAccessToken: (digest: string, now: number, journal: Journal) => Promise<boolean>
  /** Ends one self-contained token; false (and nothing written) if it had ended. */
  readonly endSelfContainedToken: (token: SelfContainedToken, now: number, journal: Journal) => Promise<boolean>
  /** Forgets ends of self-contained tokens that had expired an hour before that time, at most so many; whether there may be more. */
  readonly removeOverEndings: (before: number, limit: number) => Promise<boolean>
  /** The rights of its client, if neither the token itself has ended, nor its client, nor its grant, of which none of its scopes was taken either. Says nothing of time. */
  readonly findRightsBehind: (token: SelfContainedToken & { readonly scopes: readonly string[] }) => Promise<ClientRights | undefined>
  /** Keeps what the configuration defines, and writes what its change ends; one node at a time. @param decide gets what was kept before, `undefined` at the first start. @returns what is kept now. */
  readonly bringConfiguredInLine: (decide: (before: string | undefined) => { readonly value: string; readonly journal: Journal }) => Promise<string>
}

/** The revocation feed as this node sees it (design, decision 4). Old entries that nothing alive needs are removed from its beginning; the newest always stays. */
export interface RevocationFeed {
  /** The newest feed id that is committed; 0 when there is none. */
  readonly head: () => Promise<number>
  /** Entries after `feedId`, oldest first, in the order of commit. */
  readonly read: (afterFeedId: number, limit: number) => Promise<readonly FeedEntry[]>
  /**
   * The same, for whoever goes on from an entry they heard. `undefined` where the feed has not that entry: it was removed, and others after it perhaps, or an older state of
   * the database took its place. Then what they remember is not to be trusted, and they begin again from `FEED_BEGINNING`.
   */
  readonly readOn: (from: FeedPosition, limit: number) => Promise<readonly FeedEntry[] | undefined>
  /** Removes the oldest entries, at most so many, that were written and whose tokens all expired before that time; whether there may be more. */
  readonly removeOver: (before: number, limit: number) => Promise<boolean>
  /** Calls back with new entries after their commit, before the act that wrote them is answered on this node. Returns the way to stop. @param begunAnew hears that the entry this node heard last is not in the feed, which now ends at that id, as after a restore: what was read before is not to be trusted. All that is kept is told next. */
  readonly subscribe: (listener: (entries: readonly FeedEntry[]) => void, begunAnew?: (head: number) => void) => () => void
  /** Epoch milliseconds when this node last knew its channel whole; the current time while it is. */
  readonly freshAt: (now: number) => number
}
