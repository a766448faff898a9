/** What rotations ask of a store: policies, one row for each key under one, leases, and what came of each attempt. No row ever holds a key. */
import type { Environment, Journal, Once, Page, PageRequest } from '@latchwork/kernel'
import type { ApiKey, KeyRoll, RolledKey, RollRefusal } from '../store.ts'
import type { Alert, AlertChannel } from '../use/store.ts'

/** When a key is rotated; where several are given, the earliest counts. */
export interface RotationSchedule {
  /** The greatest age of a key. */
  readonly maxAgeMs?: number
  /** So long after the last rotation, or after the rotation was set. */
  readonly everyMs?: number
  /** Five fields, and the time zone they are meant in. */
  readonly cron?: { readonly expression: string; readonly timeZone: string }
}

export interface RotationTerms {
  readonly schedule: RotationSchedule
  /** How long the old key lives on, counted from the first use of the new one. */
  readonly overlapMs: number
  /** Name of a delivery target of the configuration. */
  readonly target: string
  /** Where in the target. `{key}` stands for the id of the key that a line of keys began with. */
  readonly path: string
}

export interface RotationPolicy extends RotationTerms {
  readonly id: string
  readonly accountId: string
  readonly environment: Environment
  /** The key it was set for; absent: every secret and restricted key of the account in the environment. */
  readonly keyId?: string
  readonly createdBy: string
  readonly createdAt: number
}

/** One line of keys under a policy. */
export interface Rotation {
  readonly id: string
  readonly policy: RotationPolicy
  /** The key that is current; the former one while its successor is not delivered. */
  readonly keyId: string
  /** The key that the line began with. */
  readonly line: string
  readonly createdAt: number
  /** Absent until it was looked at. */
  readonly dueAt?: number
  /** When it is looked at or tried again. */
  readonly nextAt: number
  /** A key that was made and is not known to be delivered. */
  readonly successorId?: string
  /** Attempts that failed since the last that did not. */
  readonly failures: number
  readonly lastRotatedAt?: number
  /** What is known of the key `keyId`. */
  readonly key: Pick<ApiKey, 'createdAt' | 'expiresAt' | 'lifetimeMs' | 'replacedBy' | 'disabledAt' | 'revokedAt'>
  /** Since when the account of the key is stopped. */
  readonly accountDisabledAt?: number
}

/** A rotation that this node alone works on until its lease ends. */
export interface ClaimedRotation extends Rotation {
  /** Rises with each claim; who comes with an older one writes nothing. */
  readonly lease: number
  /** What the undelivered key is computed from, with the server's key. Erased once it is delivered. */
  readonly seed?: string
}

export type RotationOutcome = 'delivered' | 'failed' | 'refused'

export interface RotationAttempt {
  readonly at: number
  readonly outcome: RotationOutcome
  /** In public words. */
  readonly note: string
  readonly keyId: string
  readonly successorId?: string
}

/** What an attempt leaves behind. */
export interface RotationChange {
  readonly nextAt: number
  readonly failures: number
  readonly keyId?: string
  readonly dueAt?: number
  readonly lastRotatedAt?: number
  /** The successor is no longer to be delivered: its seed is erased. */
  readonly isSettled?: true
  /** What was sent may have arrived. */
  readonly mayHaveArrived?: true
  readonly attempt?: RotationAttempt
}

/** What a call did that has a name; how that stands, the attempts to deliver the successor say. */
export interface NamedRotation {
  readonly rotationId: string
  readonly successorId: string
}

/** In the same act as an attempt. */
export interface WrittenBeside {
  readonly notice?: RotationNotice
  /** The call that asked for it. */
  readonly once?: Once
}

export interface RotationNotice {
  readonly alert: Alert
  readonly channels: readonly AlertChannel[]
}

export type PolicyOwner = { readonly keyId: string } | { readonly accountId: string; readonly environment: Environment }

/** What became of a key that was not delivered when its rotation was removed. */
export interface RemovedRotation {
  readonly policy: RotationPolicy
  /** Ended, because it cannot have reached anybody. */
  readonly ended: readonly { readonly id: string; readonly fingerprint: string }[]
  /** Former keys of those that ended: current again. */
  readonly restored: readonly string[]
}

/** A policy that was set for a key that has ended since, and whose place in the target another takes. */
export interface FreedPlace {
  readonly policy: RotationPolicy
  readonly keyId: string
}

export interface RotationFilter extends PageRequest {
  readonly accountId?: string
  readonly environment?: Environment
  /** Where it delivers to. */
  readonly target?: string
}

export interface RotationStore {
  /**
   * Sets the policy of the key, or of the account, in the place of an earlier one; `path_taken` (and nothing written) when another policy delivers to the same place. One of a
   * key that has ended does not: it goes.
   */
  readonly setPolicy: (policy: RotationPolicy, journalOf: (freed: FreedPlace | undefined) => Journal) => Promise<RotationPolicy | 'path_taken'>
  /** A key that was made and certainly reached nobody ends, and its former key is current again. `undefined`: there is none. */
  readonly removePolicy: (owner: PolicyOwner, now: number, journalOf: (removed: RemovedRotation) => Journal) => Promise<RemovedRotation | undefined>
  readonly findAccountPolicy: (accountId: string, environment: Environment) => Promise<RotationPolicy | undefined>
  readonly findRotation: (keyId: string) => Promise<Rotation | undefined>
  readonly listRotations: (filter: RotationFilter) => Promise<Page<Rotation>>
  /** Newest first. */
  readonly listAttempts: (rotationId: string, limit: number) => Promise<readonly RotationAttempt[]>
  /** Takes keys of accounts that have a policy under it. Gives how many. */
  readonly adoptKeys: (now: number, limit: number) => Promise<number>
  /** Something changed about these keys, or about all keys of these accounts: their rotations are looked at next, whatever their time. */
  readonly lookAgain: (changed: { readonly keyIds: readonly string[]; readonly accountIds: readonly string[] }, now: number) => Promise<void>
  /** The same for every key that has ended: for when it is not known what changed. */
  readonly lookAtEnded: (now: number) => Promise<void>
  /** Rotations to be looked at, the longest waiting first; no other node has them until `leaseUntil`. */
  readonly claimDue: (now: number, leaseUntil: number, limit: number) => Promise<readonly ClaimedRotation[]>
  readonly claimOne: (keyId: string, now: number, leaseUntil: number) => Promise<ClaimedRotation | 'under_way' | undefined>
  /** Rolls the key and notes what its successor is computed from, in one act; `lost`: the lease is another's by now, or the call was made before. */
  readonly beginRotation: (
    claim: ClaimedRotation,
    roll: KeyRoll,
    seed: string,
    now: number,
    journal: Journal,
    once?: Once,
  ) => Promise<RolledKey | RollRefusal | 'lost'>
  /** Writes down what came of the attempt and gives the lease back; false (and nothing written) if the lease is another's by now. */
  readonly settleRotation: (claim: ClaimedRotation, change: RotationChange, journal: Journal, beside?: WrittenBeside) => Promise<boolean>
  /** The key of the rotation has ended: nothing is left to rotate. */
  readonly dropRotation: (claim: ClaimedRotation, journal: Journal) => Promise<boolean>
  readonly forgetAttempts: (before: number) => Promise<void>
}
