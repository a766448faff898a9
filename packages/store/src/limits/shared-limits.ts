/**
 * The counts of all nodes, in PostgreSQL: one row per key, changed by one statement that judges every limit of the key under the row's lock, so that what passes over any number of
 * nodes is what would pass on one. Time is the database's, because nodes' clocks differ. The table is unlogged: a crash of the database forgives what was used.
 */
import type { LimitDemand, LimitsStore, LimitsTaken, Pace } from '@latchwork/limits'
import { type CompiledQuery, sql } from 'kysely'
import type { Engine } from '../engine.ts'
import { template } from '../template.ts'

/** How the row looks after the statement; times in microseconds. */
interface State {
  readonly at: number
  readonly taken: boolean
  /** By limit name. */
  readonly tats: Readonly<Record<string, number>>
}

type Values = Readonly<Record<'key' | 'demands', string>>

const MOST_AT_ONCE = 1000

export function sharedLimits({ dialect, read }: Engine): LimitsStore {
  const { db } = dialect
  const takeUnits = template<{ readonly state: State }, Values>((parameter) => {
    const asked = sql`jsonb_to_recordset(cast(${parameter('demands')} as jsonb)) as asked(name text, cost bigint, tolerance bigint)`
    // "offset 0": the clock is read once.
    const time = sql`(select floor(extract(epoch from clock_timestamp()) * 1000000)::bigint as at offset 0) as time`
    const first = sql<string>`(
      select jsonb_build_object('at', time.at, 'taken', true, 'rested', (select max(time.at + asked.cost) from ${asked}),
        'tats', (select jsonb_object_agg(asked.name, time.at + asked.cost) from ${asked}))
      from ${time})`
    // The row is locked when this is judged, so what it holds is the newest there is.
    const next = sql<string>`(
      select jsonb_build_object('at', judged.at, 'taken', judged.taken, 'rested', greatest(judged.rested, (limit_states.state->>'rested')::bigint),
        'tats', limit_states.state->'tats' || case when judged.taken then judged.after else judged.before end)
      from (
        select each.at, bool_and(each.before + each.cost <= each.at + each.tolerance) as taken, max(each.before + each.cost) as rested,
          jsonb_object_agg(each.name, each.before) as before, jsonb_object_agg(each.name, each.before + each.cost) as after
        from (
          select time.at, asked.name, asked.cost, asked.tolerance,
            greatest(least(coalesce((limit_states.state->'tats'->>asked.name)::bigint, time.at), time.at + asked.tolerance), time.at) as before
          from (select (excluded.state->>'at')::bigint as at) as time, ${asked}
        ) as each group by each.at
      ) as judged)`
    return db
      .insertInto('limit_states')
      .values({ key: parameter('key'), state: first })
      .onConflict((conflict) => conflict.column('key').doUpdateSet({ state: next }))
      .returning(sql<State>`state`.as('state'))
      .compile() as CompiledQuery<{ readonly state: State }>
  })
  const giveBack = template<unknown, Values>((parameter) => {
    const asked = sql`jsonb_to_recordset(cast(${parameter('demands')} as jsonb)) as asked(name text, back bigint)`
    const tats = sql`(select jsonb_object_agg(asked.name, (state->'tats'->>asked.name)::bigint - asked.back) from ${asked} where state->'tats' ? asked.name)`
    return db
      .updateTable('limit_states')
      .set({ state: sql<string>`jsonb_set(state, '{tats}', (state->'tats') || coalesce(${tats}, '{}'))` })
      .where('key', '=', parameter('key'))
      .compile()
  })
  const forget = template<unknown, { rested: number }>((parameter) => {
    const isRested = sql<boolean>`(state->>'rested')::bigint < cast(${parameter('rested')} as bigint)`
    return db
      .deleteFrom('limit_states')
      .where('key', 'in', db.selectFrom('limit_states').select('key').where(isRested).limit(sql.lit(MOST_AT_ONCE)))
      .where(isRested) // once more: it may have been used since it was found
      .compile()
  })
  return {
    async take(key, demands) {
      const asked = demands.map(({ name, pace, units }) => ({ name, cost: units * pace.interval, tolerance: pace.tolerance }))
      const [row] = await read(takeUnits({ key, demands: JSON.stringify(asked) }))
      if (row === undefined) throw new Error(`the limits of ${key} were counted and are not there`)
      return takenOf(demands, row.state)
    },
    async giveBack(key, demands, { taken }) {
      if (!taken) return
      const back = demands.map(({ name, pace, units }) => ({ name, back: units * pace.interval }))
      await read(giveBack({ key, demands: JSON.stringify(back) }))
    },
    async forgetRested(now) {
      await read(forget({ rested: (now - FORGET_AFTER_MS) * 1000 }))
    },
    recall: async () => {},
    writeDown: async () => {},
  }
}

/** Longer than nodes' clocks differ from the database's. */
const FORGET_AFTER_MS = 3_600_000

/** What the statement did, in the words of the algorithm. */
function takenOf(demands: readonly LimitDemand[], { at, taken, tats }: State): LimitsTaken {
  const decisions = demands.map(({ name, pace, units }) => {
    const tat = Math.min(Math.max(tats[name] ?? at, at), at + pace.tolerance)
    const excess = taken ? 0 : tat + units * pace.interval - at - pace.tolerance
    return { allowed: excess <= 0, tat, ...leftOf(pace, tat, at), retryAfterMs: Math.max(0, Math.ceil(excess / 1000)) }
  })
  return { taken, decisions }
}

function leftOf({ interval, tolerance }: Pace, tat: number, at: number): { readonly remaining: number; readonly resetAfterMs: number } {
  return { remaining: Math.floor((at + tolerance - tat) / interval), resetAfterMs: Math.ceil((tat - at) / 1000) }
}
