/** What the configuration defined at the last start, and what is written when that changes: one act, for one node at a time. */
import type { Journal } from '@latchwork/kernel'
import { type Act, rowOf } from '../act.ts'
import type { Dialect } from '../engine.ts'
import { writeJournal } from '../journal.ts'

const PLACE = 1
const NOTHING = ''

export function* bringConfiguredInLine(
  dialect: Dialect,
  decide: (before: string | undefined) => { readonly value: string; readonly journal: Journal },
): Act<string> {
  const { name, db } = dialect
  // Two nodes may start at the same time: there is a row to lock, whoever is first.
  yield db
    .insertInto('configured')
    .values({ place: PLACE, value: NOTHING })
    .onConflict((conflict) => conflict.column('place').doNothing())
    .compile()
  const kept = db.selectFrom('configured').select('value').where('place', '=', PLACE)
  const before = (yield* rowOf((name === 'postgres' ? kept.forUpdate() : kept).compile()))?.value
  const { value, journal } = decide(before === NOTHING ? undefined : before)
  if (value !== before) yield db.updateTable('configured').set({ value }).where('place', '=', PLACE).compile()
  yield* writeJournal(dialect, journal)
  return value
}
