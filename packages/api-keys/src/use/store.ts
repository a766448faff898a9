/** What the use of keys asks of a store: adding up, judging and alerting in one act, and the outbox of alerts. */
import type { Environment, KeyKind, NewEvent, Page, PageRequest } from '@latchwork/kernel'
import type { Anomaly } from './anomaly.ts'
import type { UseOutcome } from './outcomes.ts'

export interface NetworkSighting {
  /** An IPv4 address, or the /64 of an IPv6 address. */
  readonly network: string
  /** Epoch milliseconds. */
  readonly firstSeenAt: number
  readonly lastSeenAt: number
}

/** What was seen of one key within one minute, or a part of it. */
export interface KeyUse {
  readonly keyId: string
  /** Its start, epoch milliseconds. */
  readonly minute: number
  readonly counts: Readonly<Partial<Record<UseOutcome, number>>>
  /** Of the last use that was accepted, as are the networks. */
  readonly lastUsedAt?: number
  readonly lastAddress?: string
  readonly lastUserAgent?: string
  readonly networks: readonly NetworkSighting[]
  /** Accepted uses from networks that were not kept apart. */
  readonly beyondNetworks: number
}

/** Written once, however often it is handed in: an answer that was lost costs no count. */
export interface UseReport {
  /** Who reports, for as long as it runs. */
  readonly reporter: string
  /** Rises with each of its reports. */
  readonly sequence: number
  readonly at: number
  /** Each key once. */
  readonly uses: readonly KeyUse[]
}

/** What is remembered of a key's use, to judge the next by. */
export interface KeyHabit {
  readonly firstUsedAt?: number
  readonly lastUsedAt?: number
  /** The hour counted last: its start, and accepted uses in it. */
  readonly hour: number
  readonly hourUses: number
  /** Accepted uses in an hour of use, averaged over hours that are past, the newer weighing more. */
  readonly usualPerHour: number
  readonly hoursSeen: number
  /** The minute counted last: its start, and refusals in it. */
  readonly minute: number
  readonly minuteRefusals: number
}

/** What a judge sees of the key, beside its habit and the new use. */
export interface UseSurroundings {
  readonly kind: KeyKind
  /** Networks of this use that the key was never used from. */
  readonly newNetworks: readonly string[]
  /** Networks known before this use. */
  readonly knownNetworks: number
  /** Networks the key was used from within the window, this use included. */
  readonly networksAtOnce: number
}

/** Pure: an act may be run more than once. */
export interface UseJudge {
  /** So far back "at once" reaches. */
  readonly windowMs: number
  readonly judge: (use: KeyUse, habit: KeyHabit, around: UseSurroundings) => { readonly habit: KeyHabit; readonly anomalies: readonly Anomaly[] }
  /** Where alerts are sent; the outbox gets one line for each. */
  readonly channels: readonly AlertChannel[]
}

/** `owner`: by mail to whoever the credential belongs to; the others to whoever runs the server. */
export type AlertChannel = 'webhook' | 'email' | 'owner'

export interface RecordedUse {
  /** Keys that were added up; others are no keys. */
  readonly counted: number
  readonly alerts: number
}

export interface HourOfUse {
  readonly hour: number
  readonly outcome: UseOutcome
  readonly count: number
}

export interface KnownNetworks {
  readonly networks: readonly NetworkSighting[]
  /** Accepted uses from networks that found no place among them. */
  readonly beyond: number
}

export interface KeyUseStore {
  /**
   * Adds the report up, keeps the last use of each key with the key, judges it, and writes what is unusual as events with their lines in the outbox, at most one per key, kind and hour: all or nothing.
   * `repeated` (and nothing written) if this report, or a later one of the same reporter, was written before.
   */
  readonly recordUse: (report: UseReport, judge: UseJudge) => Promise<RecordedUse | 'repeated'>
  /** Oldest first; `from` and `to` are epoch milliseconds, `to` is outside. */
  readonly listHours: (keyId: string, from: number, to: number) => Promise<readonly HourOfUse[]>
  /** Most recently seen first. */
  readonly listNetworks: (keyId: string) => Promise<KnownNetworks>
  /** Forgets hours, reporters that are gone and finished deliveries that are older than the given times. */
  readonly forgetUse: (before: { readonly hours: number; readonly reporters: number; readonly deliveries: number }) => Promise<void>
}

/** A line of the outbox. */
export interface AlertDelivery {
  /** `alr_….webhook`: the same on every attempt. */
  readonly id: string
  readonly channel: AlertChannel
  readonly alert: Alert
  readonly attempts: number
}

/** What is told to people and their systems. Holds no credential. */
export interface Alert {
  readonly id: string
  /** `leaked`: of any credential, not of keys alone. `rotation_…`: of an automatic rotation that does not succeed. */
  readonly kind: Anomaly['kind'] | 'leaked' | 'rotation_failed' | 'rotation_refused'
  readonly message: string
  readonly at: number
  readonly keyId: string
  readonly accountId: string
  /** Of a leak: the person, and the application, that the credential stands for. */
  readonly userId?: string
  readonly clientId?: string
  readonly keyName: string
  readonly fingerprint: string
  readonly environment: Environment
  readonly data: NonNullable<NewEvent['data']>
}

export interface DeliveryRecord extends Omit<AlertDelivery, 'alert'> {
  readonly alertId: string
  readonly createdAt: number
  readonly state: 'waiting' | 'delivered' | 'given_up'
  readonly nextAt?: number
  readonly endedAt?: number
  /** What the last attempt met, in public words. */
  readonly lastOutcome?: string
}

export interface AlertOutbox {
  /** Takes lines that are due, so that no other node has them until `leaseUntil`; whoever is killed with them loses nothing. */
  readonly claimDeliveries: (now: number, leaseUntil: number, limit: number) => Promise<readonly AlertDelivery[]>
  /** Ends the line, or says when to try again. */
  readonly settleDelivery: (
    id: string,
    outcome: { readonly state: 'delivered' | 'given_up' | 'waiting'; readonly at: number; readonly nextAt?: number; readonly note: string },
  ) => Promise<void>
  /** Newest first. */
  readonly listDeliveries: (filter: PageRequest & Partial<Pick<DeliveryRecord, 'state' | 'channel'>>) => Promise<Page<DeliveryRecord>>
}
