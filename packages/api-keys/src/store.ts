/** What API keys ask of a store. Keys are found by digest or id, never by their text. */

import type { CredentialRecord, Environment, Journal, KeyKind, ListFilter, Metadata, Once, Page, Repeated, Soon } from '@latchwork/kernel'
import type { NotedPepper } from './pepper.ts'

/** So many calls in a period; `burst` of them at once, or all of them where it is absent. */
export interface NamedLimit {
  readonly name: string
  readonly count: number
  readonly periodSeconds: number
  readonly burst?: number
}

/** What a key may still spend. Refilled lazily, by the act that spends. */
export interface Credits {
  readonly remaining: number
  readonly refill?: CreditRefill
  /** Epoch milliseconds: up to when refills have been counted. */
  readonly refilledAt?: number
}

/** What became of a call's cost. */
export interface Spent {
  /** False: nothing was taken. */
  readonly taken: boolean
  readonly remaining: number
  /** Where nothing was taken: until the refill that would suffice. Absent where none will. */
  readonly retryAfterMs?: number
}

export interface CreditRefill {
  readonly amount: number
  readonly everySeconds: number
  /** A refill never lifts what remains above this. */
  readonly max: number
}

/** What a key may do, and where. */
export interface KeyTerms {
  readonly name: string
  readonly scopes: readonly string[]
  /** Names of roles that the configuration defines. */
  readonly roles: readonly string[]
  /** CIDR blocks, canonical; empty: anywhere. */
  readonly networks: readonly string[]
  /** Taken all or none. */
  readonly limits: readonly NamedLimit[]
  readonly credits?: Credits
  /** What its owner calls whoever it was given to. */
  readonly externalId?: string
  /** What its owner wrote on it; it comes back with every verification. */
  readonly metadata?: Metadata
}

export interface ApiKey extends KeyTerms {
  readonly id: string
  readonly accountId: string
  readonly kind: KeyKind
  readonly environment: Environment
  /** First 8 and last 4 characters. */
  readonly fingerprint: string
  /** The one of an account's two secret keys per environment that was the current one when it was written last: see `isPrimaryAt`. */
  readonly isPrimary: boolean
  /** When the one that is primary ends, of the other that holds a place. */
  readonly primaryFrom?: number
  /** Id of whoever made it. */
  readonly createdBy: string
  readonly createdAt: number
  /** The person a personal access token stands for. */
  readonly userId?: string
  /** The consent that a connected account's key was born from, and dies with. */
  readonly consentId?: string
  /** The grant whose code bought it, where it was born on the consent screen itself. */
  readonly grantId?: string
  readonly notBefore?: number
  readonly expiresAt?: number
  /** How long it was made to live; a roll gives its successor as long. */
  readonly lifetimeMs?: number
  /** The key that took its place in a roll. */
  readonly replacedBy?: string
  /** How long it will live on once its successor is used for the first time; absent when that has happened, or the clock ran from the start. */
  readonly overlapMs?: number
  /** Its text is not known to us and may be of any form. */
  readonly imported: boolean
  /** Only of publishable keys, which are public by nature (K4). */
  readonly publicText?: string
  /** Since when it is stopped: it is refused as long as it is. */
  readonly disabledAt?: number
  readonly lastUsedAt?: number
  readonly lastUsedAddress?: string
  readonly lastUsedUserAgent?: string
  readonly revokedAt?: number
  readonly revokedReason?: string
}

type Later = 'isPrimary' | 'primaryFrom' | 'replacedBy' | 'overlapMs' | 'lastUsedAt' | 'lastUsedAddress' | 'lastUsedUserAgent' | 'revokedAt' | 'revokedReason'

export interface NewApiKey extends Omit<ApiKey, Later> {
  /** As it is stored: see `storedDigest`. */
  readonly digest: string
}

/** A key of another system: whoever holds it may have brought it before. */
export interface NewImport extends NewApiKey {
  /** Everything else under which it may be stored already: see `storedDigests`. */
  readonly olderDigests: readonly string[]
}

/** What is known of a presented key. Its record carries the scopes of the key itself; those of its roles are added from the configuration. */
export interface FoundKey {
  readonly record: CredentialRecord
  readonly kind: KeyKind
  readonly roles: readonly string[]
  /** The one of the digests asked for under which it is stored. */
  readonly digest: string
}

export interface RootKey {
  readonly id: string
  readonly name: string
  readonly scopes: readonly string[]
  readonly fingerprint: string
  readonly createdAt: number
  readonly revokedAt?: number
}

export interface RootKeyFilter extends ListFilter {
  readonly state?: 'active' | 'revoked'
}

export interface NewRootKey extends Omit<RootKey, 'revokedAt'> {
  readonly digest: string
}

export interface KeyFilter extends ListFilter {
  readonly accountId?: string
  readonly environment?: Environment
  readonly kind?: KeyKind
  /** The person a token stands for. */
  readonly userId?: string
  readonly externalId?: string
  /** Everything this person made or that stands for them. */
  readonly madeBy?: string
  /** Born from this consent. */
  readonly consentId?: string
  /** First 8 and last 4 characters, as they are shown: `sk_live_…wxyz`. */
  readonly fingerprint?: string
  /** Neither revoked nor expired at this time. */
  readonly activeAt?: number
  /** Not revoked, and expired at this time. */
  readonly expiredAt?: number
  readonly isRevoked?: true
  /** Stopped for a while. */
  readonly isDisabled?: true
  /** Not used since, nor made since. */
  readonly unusedSince?: number
  /** Expires before this time. */
  readonly expiresBefore?: number
  /** Works from anywhere. */
  readonly withoutNetworks?: boolean
}

export type { Once, Repeated }

export interface CreateBounds {
  /** Active keys of the kind that the account, or the person of a personal access token, may have. */
  readonly most?: number
  readonly once?: Once
}

export interface UpdateBounds {
  /** Only while its scopes are these. */
  readonly formerScopes?: readonly string[]
  readonly once?: Once
}

/** What is a successor's own. All else it takes over from the key before it, as that stands in the act. */
export interface KeySuccessor
  extends Pick<NewApiKey, 'id' | 'digest' | 'fingerprint' | 'publicText' | 'createdBy' | 'createdAt' | 'expiresAt' | 'lifetimeMs'> {}

/** A roll: the successor, and what becomes of the key before it. */
export interface KeyRoll {
  readonly keyId: string
  readonly successor: KeySuccessor
  /** When the old key ends, epoch milliseconds; absent: `overlapMs` after the successor's first use. */
  readonly endsAt?: number
  readonly overlapMs: number
  /** A key to end in the same act, so that its place can be taken. */
  readonly endKeyId?: string
}

export interface RolledKey {
  readonly key: ApiKey
  readonly replaced: ApiKey
}

/** Why nothing was rolled. `endable`: the key whose place would do. */
export type RollRefusal =
  | { readonly refused: 'not_found' | 'ended' | 'already_rolled' | 'not_endable'; readonly keyId: string; readonly by?: string }
  | { readonly refused: 'slots_taken'; readonly keyId: string; readonly endable: string }

/** Why nothing was imported. */
export type ImportRefusal =
  | {
      readonly refused: 'slots_taken' | 'limit_reached' | 'digest_known'
      /** Place in the list. */
      readonly index: number
    }
  | { readonly refused: 'pepper_unknown'; readonly pepper: string }

export interface ImportBounds extends CreateBounds {
  /** Ids of the peppers that were looked under. */
  readonly peppers?: readonly string[]
}

export interface ApiKeysStore {
  /**
   * Writes the key. A secret key (`sk`) takes one of its account's two places in the environment, held by a constraint of the database; expired keys free theirs in the
   * same act. The first becomes the primary one. `slots_taken` (and nothing written) when both are held, `limit_reached` when there are `most` already,
   * `not_consented` when the consent it is to be born from has ended or does not cover its scopes.
   */
  readonly createKey: (
    key: NewApiKey,
    journal: Journal,
    bounds?: CreateBounds,
  ) => Promise<ApiKey | 'slots_taken' | 'limit_reached' | 'not_consented' | Repeated<ApiKey>>
  /** Rolls every one of them or none: the successors are written, primaries move, the old keys get their ends. */
  readonly rollKeys: (
    rolls: readonly KeyRoll[],
    now: number,
    journal: Journal,
    once?: Once,
  ) => Promise<readonly RolledKey[] | RollRefusal | Repeated<readonly RolledKey[]>>
  /** Frees the places of secret keys that have expired, and makes another key primary where that one was: for so many accounts at most. */
  readonly settlePlaces: (now: number, limit: number) => Promise<void>
  /** Those of the keys whose first accepted use starts the clock of another. */
  readonly findOverlapStarters: (keyIds: readonly string[]) => Promise<readonly string[]>
  /** The first use of a successor: the clock of the key before it starts. Does nothing, and writes nothing, when it runs already. The journal is that of the old key. */
  readonly startOverlap: (successorId: string, now: number, journalOf: (replaced: ApiKey) => Journal) => Promise<boolean>
  /** Sets when an active key ends, now included; gives back the key as it is then, `undefined` when it had ended. A key that waits for its successor's first use waits no more. */
  readonly setKeyEnd: (keyId: string, endsAt: number, now: number, journal: Journal, once?: Once) => Promise<ApiKey | undefined | Repeated<ApiKey>>
  /** Replaces what is given, of an active key; `undefined` when it had ended, or has not the scopes that were asked for. */
  readonly updateKey: (
    keyId: string,
    changes: KeyChanges,
    now: number,
    journal: Journal,
    bounds?: UpdateBounds,
  ) => Promise<ApiKey | undefined | Repeated<ApiKey>>
  /**
   * All of them or none. `digest_known` (and nothing written) for a key that is stored already, under whichever pepper; `pepper_unknown` where living keys are stored under one
   * that was not looked under; `limit_reached` as at `createKey`.
   */
  readonly importKeys: (
    keys: readonly NewImport[],
    now: number,
    journal: Journal,
    bounds?: ImportBounds,
  ) => Promise<readonly ApiKey[] | ImportRefusal | Repeated<readonly ApiKey[]>>
  /**
   * Notes the pepper that keys are stored under from now on, and those of the others under which some are stored already; the first note of an id counts. Gives all that are
   * noted, by whichever node.
   */
  readonly notePeppers: (current: NotedPepper | undefined, others: readonly NotedPepper[]) => Promise<readonly NotedPepper[]>
  /** Those of the noted peppers, but the known ones, under which living keys are stored. */
  readonly findPeppersBeside: (known: readonly string[], now: number) => Promise<readonly string[]>
  /** Whether keys were imported whose text can have any form. */
  readonly hasImports: () => Promise<boolean>
  /** Ends at once every active key of the account that this person made or that stands for them. */
  readonly endKeysOfMember: (
    accountId: string,
    userId: string,
    reason: string,
    now: number,
    journalOf: (keys: readonly ApiKey[]) => Journal,
    once?: Once,
  ) => Promise<readonly ApiKey[] | Repeated<readonly ApiKey[]>>
  /**
   * Takes `cost` of the key's credits, refills that are due counted first, in one act and never below zero. `undefined`: the key has no credits to count.
   */
  readonly spendCredits: (keyId: string, cost: number, now: number) => Promise<Spent | undefined>
  readonly findKey: (keyId: string) => Promise<ApiKey | undefined>
  readonly listKeys: (filter: KeyFilter) => Promise<Page<ApiKey>>
  /**
   * Looks a key up by its digest, or by what its digest would be under older peppers: one statement, whether it is there or not. Where two are stored
   * of one text, the one that ended answers.
   */
  readonly findKeyByDigest: (digest: string, ...older: readonly string[]) => Soon<FoundKey | undefined>
  /** Stores a key that was found under an older pepper under the newest, unless another is there. */
  readonly moveDigest: (keyId: string, from: string, to: string) => Promise<void>
  /** Ends the key and frees its place; false (and nothing written) if it had ended before or never was. */
  readonly revokeKey: (keyId: string, reason: string, now: number, journal: Journal) => Promise<boolean>
  /** Writes `key.expiring` for active keys that expire before the given time and have not been told of: each once, at most `most` at a call. */
  readonly noteExpiring: (before: number, now: number, most: number, journalOf: (keys: readonly ApiKey[]) => Journal) => Promise<readonly ApiKey[]>
  /** What a call of this name answered, if there was one: for what must be asked before it is known whether the call could be made again. */
  readonly findCall: <T>(once: Once) => Promise<Repeated<T> | undefined>
  /** Forgets calls that no longer need to be remembered. */
  readonly forgetCalls: (now: number) => Promise<void>
  readonly createRootKey: (key: NewRootKey, journal: Journal, once?: Once) => Promise<RootKey | Repeated<RootKey>>
  /** Newest first. */
  readonly listRootKeys: (filter: RootKeyFilter) => Promise<Page<RootKey>>
  readonly findRootKeyByDigest: (digest: string) => Promise<CredentialRecord | undefined>
  readonly revokeRootKey: (rootKeyId: string, now: number, journal: Journal) => Promise<boolean>
}

/** `null` takes the expiry or the credits away. */
export interface KeyChanges extends Partial<Omit<KeyTerms, 'credits' | 'externalId' | 'metadata'>> {
  readonly credits?: Credits | null
  readonly externalId?: string | null
  readonly metadata?: Metadata | null
  /** `null`: it goes on. One that is stopped already keeps its time. */
  readonly disabledAt?: number | null
  readonly expiresAt?: number
}
