/** Spending a key's credits: what is due is counted, compared and taken under the row's lock, so that no two callers spend the same credit (K9). */
import { type Purse, type Spent, waitForCredits } from '@latchwork/api-keys'
import { type CompiledQuery, sql } from 'kysely'
import { type Act, rowOf } from '../act.ts'
import { present } from '../columns.ts'
import type { Dialect, Engine } from '../engine.ts'
import type { Flag } from '../tables.ts'
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
  /** The key was rolled while this waited for its row: the purse is its successor's now, and nothing was taken. */
  readonly hasMoved?: Flag
}

/** A key is rolled seldom, and never twice while one call waits. */
const MOST_TRIES = 5

/** `undefined`: the key has no credits to count. */
export function creditSpending(engine: Engine): (keyId: string, cost: number, now: number) => Promise<Spent | undefined> {
  const { dialect, read, act } = engine
  if (dialect.name === 'postgres') {
    const statement = spendInOne(dialect)
    return async (keyId, cost, now) => {
      for (let tries = 0; tries < MOST_TRIES; tries++) {
        const [row] = await read(statement({ keyId, cost, now }))
        if (row?.hasMoved !== 1) return spentOf(row, cost, now)
      }
      throw new Error(`the purse of ${keyId} was moved on ${MOST_TRIES} times while it was asked for`)
    }
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
        select id, ${available} as available, ${refilledAt} as refilled_at, credit_refill_amount, credit_refill_seconds, credit_max, replaced_by
        from api_keys where id = ${purseOf(parameter)} for no key update
      ), taken as (
        update api_keys set credits = purse.available - ${cost}, credits_refilled_at = purse.refilled_at
        from purse where api_keys.id = purse.id and purse.available >= ${cost} and purse.replaced_by is null
        returning api_keys.credits
      )
      select purse.available as "available", purse.refilled_at as "refilledAt", purse.credit_refill_amount as "amount",
        purse.credit_refill_seconds as "everySeconds", purse.credit_max as "max", taken.credits as "left",
        case when purse.replaced_by is null then 0 else 1 end as "hasMoved"
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
      .where('id', '=', purseOf(parameter))
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
      .where('id', '=', purseOf(parameter))
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

/** A line of keys has one purse: what is left lies with the last of it. Two at most live; what is under way may come from one that was replaced twice since. */
function purseOf(parameter: Parameter) {
  return sql<string>`(
    with recursive line (id, next) as (
      select id, replaced_by from api_keys where id = ${parameter('keyId')}
      union all select after.id, after.replaced_by from line join api_keys as after on after.id = line.next
    ) select id from line where next is null)`.$castTo<string>()
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
