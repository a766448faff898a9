/** The work on reports that were taken in: what is ours becomes a leak, its owner is told, and what the policy ends is ended. */
import { type NewEvent, Refusal } from '@latchwork/kernel'
import type { AlertChannel } from '../use/store.ts'
import { leakAlert } from './leak-alert.ts'
import { type LeakPolicy, reactionTo } from './policy.ts'
import type { Leak, LeakReport, LeaksStore, LeakTarget, LeakTargets } from './store.ts'

export interface Leaks {
  readonly store: LeaksStore
  readonly targets: LeakTargets
  readonly policy: LeakPolicy
  /** Channels by which owners are told. */
  readonly channels: readonly AlertChannel[]
  /** There may be new alerts to send. */
  readonly onTold: () => void
}

const BATCH = 200

/**
 * Works off the oldest reports. One that cannot be worked on stays, and holds up none of the others.
 * @returns whether there may be more at once.
 * @throws Refusal `store_unavailable`.
 */
export async function settleReports(leaks: Leaks, now: number, onTrouble: (message: string, cause: unknown) => void): Promise<boolean> {
  const reports = await leaks.store.listReports(BATCH)
  const strange: number[] = []
  let stuck = 0
  for (const report of reports) {
    try {
      const target = await leaks.targets.find(report.kind, report.digest, now)
      if (target === undefined) strange.push(report.seq)
      else await recordLeak(leaks, report, target, now)
    } catch (error) {
      if (error instanceof Refusal) throw error
      stuck++
      onTrouble(`A report of a leak (${report.kind} ${report.fingerprint}) could not be worked on; it is kept`, error)
    }
  }
  if (strange.length > 0) await leaks.store.dropReports(strange)
  return reports.length === BATCH && stuck === 0
}

/** A credential that was reported before is neither told of nor acted on again. */
async function recordLeak(leaks: Leaks, report: LeakReport, target: LeakTarget, now: number): Promise<void> {
  const { digest, reportedAt } = report
  const { kind, environment } = target
  const leak: Leak = { digest, kind, credentialId: target.id, environment, reportedAt, ...reactionTo(leaks.policy, target, now) }
  const event = leakedEvent(report, target, leak, now)
  const notice = { alert: leakAlert(report, target, leak, event.data, now), channels: leaks.channels }
  const isNew = await leaks.store.recordLeak(report, leak, { events: [event], revocations: [] }, notice)
  if (isNew) leaks.onTold()
}

function leakedEvent(report: LeakReport, target: LeakTarget, leak: Leak, now: number): NewEvent & { readonly data: NonNullable<NewEvent['data']> } {
  const { accountId, userId, clientId, grantId, sessionId } = target
  const about = { accountId, userId, clientId, grantId, sessionId }
  const found = { url: report.url, source: report.source }
  return {
    type: 'key.leaked',
    at: now,
    actor: report.channel === 'report' ? { kind: 'anonymous' } : { kind: 'system', id: report.channel },
    ...(report.address === undefined ? {} : { address: report.address }),
    ...withoutAbsent(about),
    credentialId: target.id,
    fingerprint: target.fingerprint ?? report.fingerprint,
    reason: leak.action,
    data: {
      kind: target.kind,
      environment: target.environment,
      channel: report.channel,
      ...withoutAbsent(found),
      ...(leak.dueAt === undefined ? {} : { revokedFrom: new Date(leak.dueAt).toISOString() }),
    },
  }
}

function withoutAbsent<K extends string>(record: Readonly<Record<K, string | undefined>>): Readonly<Partial<Record<K, string>>> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as Partial<Record<K, string>>
}
