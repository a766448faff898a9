/** Adding up a report of use, judging it, and alerting: one act, of a few statements however many keys it speaks of. */
import { type KeyUse, MAX_NETWORKS, type RecordedUse, type UseJudge, type UseReport } from '@latchwork/api-keys'
import { sql } from 'kysely'
import { type Act, rowOf, rowsOf, undo } from '../act.ts'
import type { Dialect } from '../engine.ts'
import { type KnownKey, lockKeys } from './habits.ts'
import { jsonRows } from './json-rows.ts'
import { countAtOnce, seeNetworks } from './networks.ts'
import { writeAlert } from './write-alert.ts'

const HOUR_MS = 3_600_000

export function* recordUse(dialect: Dialect, report: UseReport, judge: UseJudge): Act<RecordedUse | 'repeated'> {
  const { db } = dialect
  const fresh = yield* rowOf(
    db
      .insertInto('use_reporters')
      .values({ id: report.reporter, sequence: report.sequence, at: report.at })
      .onConflict((conflict) =>
        conflict.column('id').doUpdateSet({ sequence: report.sequence, at: report.at }).where('use_reporters.sequence', '<', report.sequence),
      )
      .returning('id')
      .compile(),
  )
  if (fresh === undefined) undo('repeated')
  // In the order of their ids, in every act: two nodes that write of the same keys wait for each other and never in a circle.
  const asked = report.uses.toSorted((a, b) => (a.keyId < b.keyId ? -1 : 1))
  const keys = yield* lockKeys(
    dialect,
    asked.map((use) => use.keyId),
  )
  const uses = asked.filter((use) => keys.has(use.keyId))
  if (uses.length === 0) return { counted: 0, alerts: 0 }
  const sightings = yield* seeNetworks(dialect, uses, keys)
  const atOnce = yield* countAtOnce(dialect, uses, keys, judge.windowMs)
  let alerts = 0
  const habits: (readonly unknown[])[] = []
  for (const use of uses) {
    const key = keys.get(use.keyId) as KnownKey
    const { fresh: newNetworks, beyond } = sightings.get(use.keyId) ?? { fresh: [], beyond: 0 }
    const networksAtOnce = atOnce.get(use.keyId) ?? use.networks.length
    const { habit, anomalies } = judge.judge(use, key.habit, { kind: key.kind, newNetworks, knownNetworks: key.networks, networksAtOnce })
    const { hour, hourUses, usualPerHour, hoursSeen, minute, minuteRefusals, firstUsedAt } = habit
    const networks = Math.min(key.networks + newNetworks.length, MAX_NETWORKS)
    habits.push([use.keyId, firstUsedAt ?? null, networks, beyond + use.beyondNetworks, hour, hourUses, usualPerHour, hoursSeen, minute, minuteRefusals])
    for (const anomaly of anomalies) if (yield* writeAlert(dialect, key, use, anomaly, report.at, judge.channels)) alerts++
  }
  yield* saveHabits(dialect, habits)
  yield* saveLastUse(dialect, uses)
  yield* addHours(dialect, uses)
  return { counted: uses.length, alerts }
}

function* saveHabits(dialect: Dialect, rows: readonly (readonly unknown[])[]): Act<void> {
  const columns = {
    key_id: 'text',
    first_used_at: 'bigint',
    networks: 'bigint',
    beyond: 'bigint',
    hour: 'bigint',
    hour_uses: 'bigint',
    usual_per_hour: 'double precision',
    hours_seen: 'bigint',
    minute: 'bigint',
    minute_refusals: 'bigint',
  } as const
  yield sql`update key_habits set first_used_at = r.first_used_at, networks = r.networks, networks_beyond = networks_beyond + r.beyond,
    hour = r.hour, hour_uses = r.hour_uses, usual_per_hour = r.usual_per_hour, hours_seen = r.hours_seen, minute = r.minute, minute_refusals = r.minute_refusals
    from ${jsonRows(dialect, columns, rows)} where key_habits.key_id = r.key_id`.compile(dialect.db)
}

/** With the key itself, where every list of keys shows it. A report that came late takes nothing back. */
function* saveLastUse(dialect: Dialect, uses: readonly KeyUse[]): Act<void> {
  const rows = uses.flatMap(({ keyId, lastUsedAt, lastAddress, lastUserAgent }) =>
    lastUsedAt === undefined ? [] : [[keyId, lastUsedAt, lastAddress ?? null, lastUserAgent ?? null]],
  )
  if (rows.length === 0) return
  yield sql`update api_keys set last_used_at = r.at, last_used_address = r.address, last_used_user_agent = r.user_agent
    from ${jsonRows(dialect, { key_id: 'text', at: 'bigint', address: 'text', user_agent: 'text' }, rows)}
    where api_keys.id = r.key_id and (api_keys.last_used_at is null or api_keys.last_used_at <= r.at)`.compile(dialect.db)
}

function* addHours(dialect: Dialect, uses: readonly KeyUse[]): Act<void> {
  const rows = uses.flatMap((use) =>
    Object.entries(use.counts).map(([outcome, count]) => [use.keyId, use.minute - (use.minute % HOUR_MS), outcome, count] as const),
  )
  if (rows.length === 0) return
  yield* rowsOf(
    sql`insert into key_use_hours (key_id, hour, outcome, count)
      select r.key_id, r.hour, r.outcome, r.count from ${jsonRows(dialect, { key_id: 'text', hour: 'bigint', outcome: 'text', count: 'bigint' }, rows)} where true
      on conflict (key_id, hour, outcome) do update set count = key_use_hours.count + excluded.count`.compile(dialect.db),
  )
}
