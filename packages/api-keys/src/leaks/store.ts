/** What leaks ask of a store, and of whoever knows the credentials of the other mechanisms. Nothing here ever holds a credential's text. */
import type { Environment, Journal, KeyKind, TokenKind } from '@latchwork/kernel'
import type { Alert, AlertChannel } from '../use/store.ts'

/** What kind of credential leaked: an API key's, or any other of ours. */
export type LeakableKind = KeyKind | TokenKind

/** By which door a report came. */
export type LeakChannel = 'report' | 'webhook' | 'github'

/** A report that was taken in and not looked at yet. */
export interface NewLeakReport {
  /** SHA-256 of the credential, base64url. */
  readonly digest: string
  readonly kind: LeakableKind
  /** First 8 and last 4 characters of it; `…` of a key of another system. */
  readonly fingerprint: string
  readonly channel: LeakChannel
  /** Where it was found, as the reporter says; redacted and bounded. */
  readonly url?: string
  readonly source?: string
  /** Where the report came from. */
  readonly address?: string
  readonly reportedAt: number
}

export interface LeakReport extends NewLeakReport {
  readonly seq: number
}

/** The credential behind a digest. */
export interface LeakTarget {
  readonly kind: LeakableKind
  /** What has to end: the id of the key, root key, grant, token, login session or client. */
  readonly id: string
  readonly environment: Environment
  /** False when it had ended or expired before. */
  readonly isAlive: boolean
  /** It is declared in the configuration and ends with that: it cannot be revoked here. */
  readonly isBeyondReach?: true
  /** Of an imported key: what its importer said it may be known by. */
  readonly fingerprint?: string
  /** What its owner calls it. */
  readonly name?: string
  readonly accountId?: string
  readonly userId?: string
  readonly clientId?: string
  readonly grantId?: string
  readonly sessionId?: string
}

/** What is done about a leak. `none`: the credential had ended before. */
export type LeakAction = 'revoke' | 'notify' | 'none'

/** A credential of ours that is known to others. */
export interface Leak {
  readonly digest: string
  readonly kind: LeakableKind
  /** See `LeakTarget.id`. */
  readonly credentialId: string
  readonly environment: Environment
  readonly action: LeakAction
  readonly reportedAt: number
  /** When it is to be revoked; absent where it is not. */
  readonly dueAt?: number
}

/** An alert, and the channels it is to leave by: lines of the outbox, written in the act. */
export interface LeakNotice {
  readonly alert: Alert
  readonly channels: readonly AlertChannel[]
}

/** A signed delivery, to be taken once. */
export interface LeakDelivery {
  readonly id: string
  /** Until when it has to be remembered. */
  readonly until: number
}

export interface LeaksStore {
  /** Takes reports in, all or none; the work on them comes later. The same statement whatever the credential is. False (and nothing written) if the delivery was taken before. */
  readonly acceptReports: (reports: readonly NewLeakReport[], delivery?: LeakDelivery) => Promise<boolean>
  /** Oldest first. */
  readonly listReports: (limit: number) => Promise<readonly LeakReport[]>
  /** Forgets reports of what is no credential of ours. */
  readonly dropReports: (seqs: readonly number[]) => Promise<void>
  /** Trades a report for the leak it tells of, with its journal and notice; false (and neither) if that leak was known, or another node has done it. */
  readonly recordLeak: (report: LeakReport, leak: Leak, journal: Journal, notice?: LeakNotice) => Promise<boolean>
  /** Leaks to be revoked by now, the longest overdue first. */
  readonly listDueLeaks: (now: number, limit: number) => Promise<readonly Leak[]>
  /** The leak has been acted on. */
  readonly settleLeak: (digest: string, now: number) => Promise<void>
  /** Forgets deliveries that need not be remembered any longer. */
  readonly forgetDeliveries: (now: number) => Promise<void>
  /** The client that has a secret of this digest. */
  readonly findClientSecret: (digest: string) => Promise<LeakTarget | undefined>
  /** The login session whose cookie has this digest, unless it ended; also of somebody who is stopped. */
  readonly findLoginSession: (digest: string, now: number) => Promise<LeakTarget | undefined>
  /** Takes one secret from its client; false (and nothing written) if it has it no longer. */
  readonly endClientSecret: (clientId: string, digest: string, journal: Journal) => Promise<boolean>
}

/** Every credential of this installation, whichever room keeps it. */
export interface LeakTargets {
  readonly find: (kind: LeakableKind, digest: string, now: number) => Promise<LeakTarget | undefined>
  /** Ends it, by the verb of the room that keeps it. Idempotent. */
  readonly end: (leak: Leak, now: number) => Promise<void>
}
