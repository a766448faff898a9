/** Spending a key's credits: one statement that counts what is due, compares and takes, so that no two callers spend the same credit (K9). */
import { sql } from 'kysely'
import { type Act, rowOf } from '../act.ts'
import type { Dialect } from '../engine.ts'

export interface Spent {
  readonly taken: boolean
  readonly remaining: number
}

/** A key and its successor have one purse while both live: what is left lies with the successor. */
export function* spendCredits(dialect: Dialect, keyId: string, cost: number, now: number): Act<Spent | undefined> {
  const { db } = dialect
  const purse = db.selectFrom('api_keys as holder').select(sql<string>`coalesce(holder.replaced_by, holder.id)`.as('id')).where('holder.id', '=', keyId)
  const { available, refilledAt } = refilled(dialect, now)
  const taken = yield* rowOf(
    db
      .updateTable('api_keys')
      .set({ credits: sql<number>`${available} - cast(${cost} as bigint)`, credits_refilled_at: refilledAt })
      .where('id', '=', purse)
      .where(sql<boolean>`${available} >= cast(${cost} as bigint)`)
      .returning('credits')
      .compile(),
  )
  if (taken?.credits != null) return { taken: true, remaining: taken.credits }
  const left = yield* rowOf(db.selectFrom('api_keys').select(sql<number | null>`${available}`.as('available')).where('id', '=', purse).compile())
  return left?.available == null ? undefined : { taken: false, remaining: left.available }
}

/** What there is once whole periods that have passed are counted. A refill lifts up to the greatest amount and takes nothing that was above it. */
function refilled({ name }: Dialect, now: number) {
  const [least, greatest] = name === 'sqlite' ? [sql.raw('min'), sql.raw('max')] : [sql.raw('least'), sql.raw('greatest')]
  const time = sql`cast(${now} as bigint)`
  const passed = sql`(${greatest}(${time} - credits_refilled_at, 0) / (credit_refill_seconds * 1000))`
  const lifted = sql`${greatest}(credits, ${least}(credit_max, credits + ${passed} * credit_refill_amount))`
  const hasRefill = sql`credit_refill_amount is not null and credits_refilled_at is not null`
  return {
    available: sql<number>`(case when ${hasRefill} then ${lifted} else credits end)`,
    refilledAt: sql<number>`(case when ${hasRefill} then credits_refilled_at + ${passed} * credit_refill_seconds * 1000 else credits_refilled_at end)`,
  }
}
