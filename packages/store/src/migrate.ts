/** Brings the tables to the newest form: forward only, each step in a transaction of its own, and once, however many nodes start at the same moment. */
import { sql } from 'kysely'
import { type Act, rowOf } from './act.ts'
import type { Dialect, Engine } from './engine.ts'
import { LOCK_CLASS, MIGRATION_LOCK } from './journal.ts'
import { type Migration, migrations } from './migrations/index.ts'

/** Tables may be large, and another node may be at it already. */
const LIMITS = { statementTimeoutMs: 10 * 60_000 }

/** Answers with the names of what it applied. */
export async function migrate(engine: Engine, now: number, steps: readonly Migration[] = migrations): Promise<readonly string[]> {
  const applied: string[] = []
  const newest = await engine.act(() => prepare(engine.dialect), LIMITS)
  const known = steps.at(-1)?.number ?? 0
  if (newest > known) throw new Error(`The database has tables of a newer Latchwork (step ${newest}; this one knows ${known} steps). Start the newer one.`)
  for (const step of steps) {
    if (step.number <= newest) continue
    if (await engine.act(() => apply(engine.dialect, step, now), LIMITS)) applied.push(step.name)
  }
  return applied
}

function* prepare(dialect: Dialect): Act<number> {
  yield* lock(dialect)
  yield dialect.db.schema
    .createTable('migrations')
    .ifNotExists()
    .addColumn('number', 'integer', (column) => column.primaryKey().notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('applied_at', 'bigint', (column) => column.notNull())
    .compile()
  const row = yield* rowOf(
    dialect.db
      .selectFrom('migrations')
      .select((eb) => eb.fn.max('number').as('newest'))
      .compile(),
  )
  return row?.newest ?? 0
}

function* apply(dialect: Dialect, step: Migration, now: number): Act<boolean> {
  yield* lock(dialect)
  const done = yield* rowOf(dialect.db.selectFrom('migrations').select('number').where('number', '=', step.number).compile())
  if (done !== undefined) return false
  for (const statement of step.statements(dialect)) yield statement
  yield dialect.db.insertInto('migrations').values({ number: step.number, name: step.name, applied_at: now }).compile()
  return true
}

/** PostgreSQL: one node at a time, until its transaction ends. SQLite has one writer anyway. */
function* lock({ name, db }: Dialect): Act<void> {
  if (name === 'postgres') yield sql`select pg_advisory_xact_lock(${sql.lit(LOCK_CLASS)}, ${sql.lit(MIGRATION_LOCK)})`.compile(db)
}
