/** Spending a key's credits: what is due is counted, compared and taken under the row's lock, so that no two callers spend the same credit (K9). */
import { type Purse, type Spent, waitForCredits } from '@latchwork/api-keys'
import { type CompiledQuery, sql } from 'kysely'
import { type Act, rowOf } from '../act.ts'
import { present } from '../columns.ts'
import type { Dialect, Engine } from '../engine.ts'
import { template } from '../template.ts'

type Values = Readonly<Record<'keyId' | 'cost' | 'now', string | number>>
type Parameter = <K extends keyof Values>(name: K) => Values[K]

/** A purse once whole periods that have passed are counted, and what is left where something was taken. */
interface PurseRow {
  readonly available: number | null
  readonly refilledAt: number | null
  readonly amount: number | null
  readonly everySeconds: number | null
  readonly max: number | null
  readonly left: number | null
}

/** `undefined`: the key has no credits to count. */
export function creditSpending(engine: Engine): (keyId: string, cost: number, now: number) => Promise<Spent | undefined> {
  const { dialect, read, act } = engine
  if (dialect.name === 'postgres') {
    const statement = spendInOne(dialect)
    return async (keyId, cost, now) => spentOf((await read(statement({ keyId, cost, now })))[0], cost, now)
  }
  const { take, look } = { take: takeWhatIsThere(dialect), look: lookIntoPurse(dialect) }
  return (keyId, cost, now) =>
    act(function* (): Act<Spent | undefined> {
      const taken = yield* rowOf(take({ keyId, cost, now }))
      if (taken !== undefined) return { taken: true, remaining: taken.left }
      return spentOf(yield* rowOf(look({ keyId, cost, now })), cost, now)
    })
}

/** PostgreSQL: one statement, and so one way there and back. The row is locked before it is judged, so that what is judged is the newest there is. */
function spendInOne(dialect: Dialect) {
  return template<PurseRow, Values>((parameter) => {
    const { available, refilledAt } = refilled(dialect, parameter)
    const cost = sql`cast(${parameter('cost')} as bigint)`
    return sql<PurseRow>`
      with purse as materialized (
        select id, ${available} as available, ${refilledAt} as refilled_at, credit_refill_amount, credit_refill_seconds, credit_max
        from api_keys where id = ${purseOf(dialect, parameter)} for no key update
      ), taken as (
        update api_keys set credits = purse.available - ${cost}, credits_refilled_at = purse.refilled_at
        from purse where api_keys.id = purse.id and purse.available >= ${cost}
        returning api_keys.credits
      )
      select purse.available as "available", purse.refilled_at as "refilledAt", purse.credit_refill_amount as "amount",
        purse.credit_refill_seconds as "everySeconds", purse.credit_max as "max", taken.credits as "left"
      from purse left join taken on true`.compile(dialect.db) as CompiledQuery<PurseRow>
  })
}

function takeWhatIsThere(dialect: Dialect) {
  return template<{ readonly left: number }, Values>((parameter) => {
    const { available, refilledAt } = refilled(dialect, parameter)
    const cost = sql<number>`cast(${parameter('cost')} as bigint)`
    return dialect.db
      .updateTable('api_keys')
      .set({ credits: sql<number>`${available} - ${cost}`, credits_refilled_at: refilledAt })
      .where('id', '=', purseOf(dialect, parameter))
      .where(sql<boolean>`${available} >= ${cost}`)
      .returning(sql<number>`credits`.as('left'))
      .compile()
  })
}

function lookIntoPurse(dialect: Dialect) {
  return template<PurseRow, Values>((parameter) => {
    const { available, refilledAt } = refilled(dialect, parameter)
    return dialect.db
      .selectFrom('api_keys')
      .select(['credit_refill_amount as amount', 'credit_refill_seconds as everySeconds', 'credit_max as max'])
      .select([available.as('available'), refilledAt.as('refilledAt'), sql<null>`null`.as('left')])
      .where('id', '=', purseOf(dialect, parameter))
      .compile()
  })
}

function spentOf(row: PurseRow | undefined, cost: number, now: number): Spent | undefined {
  if (row === undefined || row.available === null) return undefined
  if (row.left !== null) return { taken: true, remaining: row.left }
  const { amount, everySeconds, max, refilledAt } = row
  const hasRefill = amount !== null && everySeconds !== null && max !== null
  const purse: Purse = { remaining: row.available, ...(hasRefill ? { refill: { amount, everySeconds, max } } : {}), ...present({ refilledAt }) }
  const retryAfterMs = waitForCredits(purse, cost, now)
  return { taken: false, remaining: row.available, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
}

/** A key and its successor have one purse while both live: what is left lies with the successor. */
function purseOf({ db }: Dialect, parameter: Parameter) {
  const keyId = parameter('keyId') as string
  return db.selectFrom('api_keys as holder').select(sql<string>`coalesce(holder.replaced_by, holder.id)`.as('id')).where('holder.id', '=', keyId)
}

/** What there is once whole periods that have passed are counted. A refill lifts up to the greatest amount and takes nothing that was above it. */
function refilled({ name }: Dialect, parameter: Parameter) {
  const [least, greatest] = name === 'sqlite' ? [sql.raw('min'), sql.raw('max')] : [sql.raw('least'), sql.raw('greatest')]
  const time = sql`cast(${parameter('now')} as bigint)`
  const passed = sql`(${greatest}(${time} - credits_refilled_at, 0) / (credit_refill_seconds * 1000))`
  const lifted = sql`${greatest}(credits, ${least}(credit_max, credits + ${passed} * credit_refill_amount))`
  const hasRefill = sql`credit_refill_amount is not null and credits_refilled_at is not null`
  return {
    available: sql<number>`(case when ${hasRefill} then ${lifted} else credits end)`,
    refilledAt: sql<number>`(case when ${hasRefill} then credits_refilled_at + ${passed} * credit_refill_seconds * 1000 else credits_refilled_at end)`,
  }
}
