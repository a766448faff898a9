/** What is unusual about the use of a key: one row a kind, each with its test and its sentence. Judged where use is written, off the path of verification (K11). */
import { type Anomaly, type AnomalyKind, anomalyKinds } from './anomaly.ts'
import type { KeyHabit, KeyUse, UseSurroundings } from './store.ts'

export interface UseThresholds {
  /** A key is settled, and a new network is news, so long after its first use. */
  readonly settledMs: number
  readonly silenceMs: number
  /** A spike is more than so many times the usual hour… */
  readonly spikeFactor: number
  /** …and at least so many uses. */
  readonly spikeUses: number
  readonly refusalsPerMinute: number
  readonly networksAtOnce: number
  readonly atOnceMs: number
}

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

export const usualThresholds: UseThresholds = {
  settledMs: DAY_MS,
  silenceMs: 30 * DAY_MS,
  spikeFactor: 10,
  spikeUses: 100,
  refusalsPerMinute: 30,
  networksAtOnce: 5,
  atOnceMs: 10 * MINUTE_MS,
}

/** Beyond this many a key is used from all over, and one more network is no news. */
export const MAX_NETWORKS = 100
/** So many hours of use make a habit. */
const HABITUAL_HOURS = 3

interface Scene extends UseSurroundings {
  readonly use: KeyUse
  readonly before: KeyHabit
  readonly after: KeyHabit
  readonly thresholds: UseThresholds
}

interface Row {
  /** What an operator reads in the guide. */
  readonly title: string
  /** The facts, if the scene shows this anomaly. */
  readonly sees: (scene: Scene) => Anomaly['data'] | undefined | false
  readonly says: (facts: Anomaly['data']) => string
}

export const anomalies: Readonly<Record<AnomalyKind, Row>> = {
  new_network: {
    title: 'First use from a new network',
    sees: ({ use, before, kind, newNetworks, knownNetworks, thresholds }) =>
      kind !== 'pk' && // a publishable key is meant to be everywhere
      knownNetworks > 0 &&
      knownNetworks < MAX_NETWORKS &&
      newNetworks.length > 0 &&
      use.lastUsedAt !== undefined &&
      before.firstUsedAt !== undefined &&
      use.lastUsedAt - before.firstUsedAt >= thresholds.settledMs && { network: newNetworks[0] as string, newNetworks: newNetworks.length, knownNetworks },
    says: ({ network, newNetworks }) =>
      newNetworks === 1
        ? `Used from ${network}, where it was never used before`
        : `Used from ${newNetworks} networks where it was never used before, such as ${network}`,
  },
  after_silence: {
    title: 'Use after long silence',
    sees: ({ use, before, thresholds }) =>
      use.lastUsedAt !== undefined &&
      before.lastUsedAt !== undefined &&
      use.lastUsedAt - before.lastUsedAt >= thresholds.silenceMs && { days: Math.floor((use.lastUsedAt - before.lastUsedAt) / DAY_MS) },
    says: ({ days }) => `Used again after ${days} days of silence`,
  },
  rate_spike: {
    title: 'Far more use than usual',
    sees: ({ before, after, thresholds }) =>
      after.hoursSeen >= HABITUAL_HOURS &&
      after.hourUses >= thresholds.spikeUses &&
      after.hourUses > thresholds.spikeFactor * after.usualPerHour &&
      (after.hour > before.hour || after.hourUses > before.hourUses) && { usesThisHour: after.hourUses, usualPerHour: Math.round(after.usualPerHour) },
    says: ({ usesThisHour, usualPerHour }) => `Used ${usesThisHour} times this hour, where ${usualPerHour} is usual`,
  },
  refusal_burst: {
    title: 'Many refusals within a minute',
    sees: ({ use, after, thresholds }) =>
      refusalsIn(use) > 0 &&
      use.minute === after.minute &&
      after.minuteRefusals >= thresholds.refusalsPerMinute && { refusals: after.minuteRefusals, mostly: mostlyIn(use) },
    says: ({ refusals, mostly }) => `Refused ${refusals} times within a minute, mostly as ${mostly}`,
  },
  many_networks: {
    title: 'Used from many networks at once',
    sees: ({ use, kind, networksAtOnce, thresholds }) =>
      kind !== 'pk' &&
      use.networks.length > 0 &&
      networksAtOnce >= thresholds.networksAtOnce && { networks: networksAtOnce, withinMinutes: Math.round(thresholds.atOnceMs / MINUTE_MS) },
    says: ({ networks, withinMinutes }) => `Used from ${networks} networks within ${withinMinutes} minutes`,
  },
}

/** Folds a use into the habit of its key, and says what is unusual about it. Pure; uses may come late or out of order. */
export function judgeUse(
  use: KeyUse,
  before: KeyHabit,
  around: UseSurroundings,
  thresholds: UseThresholds = usualThresholds,
): { readonly habit: KeyHabit; readonly anomalies: readonly Anomaly[] } {
  const after = habitAfter(use, before)
  const scene: Scene = { ...around, use, before, after, thresholds }
  const found: Anomaly[] = []
  for (const kind of anomalyKinds) {
    const row = anomalies[kind]
    const facts = row.sees(scene)
    if (facts) found.push({ kind, message: row.says(facts), data: facts })
  }
  return { habit: after, anomalies: found }
}

export const newHabit: KeyHabit = { hour: 0, hourUses: 0, usualPerHour: 0, hoursSeen: 0, minute: 0, minuteRefusals: 0 }

/** The average follows about ten hours of use; hours without any are no habit and pull nothing down. */
const MEMORY_HOURS = 10

function habitAfter(use: KeyUse, before: KeyHabit): KeyHabit {
  const uses = use.counts.valid ?? 0
  return {
    ...before,
    ...hourAfter(use.minute - (use.minute % HOUR_MS), uses, before),
    ...minuteAfter(use, before),
    ...(use.lastUsedAt === undefined
      ? {}
      : {
          firstUsedAt: Math.min(before.firstUsedAt ?? use.lastUsedAt, ...use.networks.map(({ firstSeenAt }) => firstSeenAt), use.lastUsedAt),
          lastUsedAt: Math.max(before.lastUsedAt ?? 0, use.lastUsedAt),
        }),
  }
}

function hourAfter(hour: number, uses: number, before: KeyHabit): Pick<KeyHabit, 'hour' | 'hourUses' | 'usualPerHour' | 'hoursSeen'> {
  const { hourUses, usualPerHour, hoursSeen } = before
  if (hour < before.hour || uses === 0) return { hour: before.hour, hourUses, usualPerHour, hoursSeen } // late: too small a part to matter
  if (hour === before.hour) return { hour, hourUses: hourUses + uses, usualPerHour, hoursSeen }
  if (hourUses === 0) return { hour, hourUses: uses, usualPerHour, hoursSeen }
  const weight = 1 / Math.min(hoursSeen + 1, MEMORY_HOURS)
  return { hour, hourUses: uses, usualPerHour: usualPerHour + (hourUses - usualPerHour) * weight, hoursSeen: hoursSeen + 1 }
}

function minuteAfter(use: KeyUse, before: KeyHabit): Pick<KeyHabit, 'minute' | 'minuteRefusals'> {
  const refusals = refusalsIn(use)
  if (use.minute < before.minute) return { minute: before.minute, minuteRefusals: before.minuteRefusals }
  return { minute: use.minute, minuteRefusals: refusals + (use.minute === before.minute ? before.minuteRefusals : 0) }
}

function refusalsIn({ counts }: KeyUse): number {
  let refusals = 0
  for (const [outcome, count] of Object.entries(counts)) if (outcome !== 'valid') refusals += count
  return refusals
}

function mostlyIn({ counts }: KeyUse): string {
  let most = 'refused'
  let highest = 0
  for (const [outcome, count] of Object.entries(counts)) {
    if (outcome === 'valid' || count <= highest) continue
    most = outcome
    highest = count
  }
  return most
}
