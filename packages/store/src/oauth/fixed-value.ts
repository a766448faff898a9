/** What is made once for the installation and never changes: the first proposal counts, for every node. */
import { type Act, rowOf } from '../act.ts'
import type { Dialect } from '../engine.ts'

export function* fixValue({ db }: Dialect, name: string, proposed: string): Act<string> {
  yield db
    .insertInto('fixed_values')
    .values({ name, value: proposed })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .compile()
  const row = yield* rowOf(db.selectFrom('fixed_values').select('value').where('name', '=', name).compile())
  return row?.value ?? proposed
}
