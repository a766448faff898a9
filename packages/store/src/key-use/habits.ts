/** What is remembered of each key's use, locked for the rest of the act. */
import type { KeyHabit } from '@latchwork/api-keys'
import type { Environment, KeyKind } from '@latchwork/kernel'
import { sql } from 'kysely'
import { type Act, rowsOf } from '../act.ts'
import { present } from '../columns.ts'
import type { Dialect } from '../engine.ts'
import type { KeyHabitsTable } from '../tables.ts'
import { jsonRows } from './json-rows.ts'

export interface KnownKey {
  readonly id: string
  readonly accountId: string
  readonly kind: KeyKind
  readonly environment: Environment
  readonly name: string
  readonly fingerprint: string
  readonly habit: KeyHabit
  /** Networks known so far. */
  readonly networks: number
}

interface Row extends Omit<KeyHabitsTable, 'networks_beyond'> {
  readonly account_id: string
  readonly kind: KeyKind
  readonly environment: Environment
  readonly name: string
  readonly fingerprint: string
  readonly last_used_at: number | null
}

/** The keys among the ids; what is no key is left out, and nothing is made for it. */
export function* lockKeys(dialect: Dialect, sortedIds: readonly string[]): Act<ReadonlyMap<string, KnownKey>> {
  const { name, db } = dialect
  const ids = jsonRows(
    dialect,
    { key_id: 'text' },
    sortedIds.map((id) => [id]),
  )
  yield sql`insert into key_habits (key_id) select k.id from ${ids} join api_keys k on k.id = r.key_id
    where not exists (select 1 from key_habits h where h.key_id = r.key_id) order by k.id on conflict (key_id) do nothing`.compile(db)
  const rows = yield* rowsOf(
    sql<Row>`select h.key_id, h.first_used_at, h.networks, h.hour, h.hour_uses, h.usual_per_hour, h.hours_seen, h.minute, h.minute_refusals,
      k.account_id, k.kind, k.environment, k.name, k.fingerprint, k.last_used_at
      from ${ids} join key_habits h on h.key_id = r.key_id join api_keys k on k.id = h.key_id order by h.key_id
      ${name === 'postgres' ? sql`for update of h` : sql``}`.compile(db),
  )
  return new Map(rows.map((row) => [row.key_id, keyOf(row)]))
}

function keyOf(row: Row): KnownKey {
  return {
    id: row.key_id,
    accountId: row.account_id,
    kind: row.kind,
    environment: row.environment,
    name: row.name,
    fingerprint: row.fingerprint,
    networks: row.networks,
    habit: {
      hour: row.hour,
      hourUses: row.hour_uses,
      usualPerHour: row.usual_per_hour,
      hoursSeen: row.hours_seen,
      minute: row.minute,
      minuteRefusals: row.minute_refusals,
      ...present({ firstUsedAt: row.first_used_at, lastUsedAt: row.last_used_at }),
    },
  }
}
