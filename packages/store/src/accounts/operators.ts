/** Operators who can act, of whom one stays. */
import { sql } from 'kysely'
import { type Act, rowsOf } from '../act.ts'
import { livingUsers } from '../alive.ts'
import type { Dialect } from '../engine.ts'

interface Operator {
  readonly id: string
  readonly accountId: string
}

export function livingOperators(db: Dialect['db']) {
  return livingUsers(db).where('users.is_operator', '=', sql.lit(1))
}

/**
 * Whether nobody could operate the installation once these are stopped; no where nobody can now. Acts that may stop an operator go one after the other: two that stop one each would both
 * see the other's. The lock is a statement by itself, so that what is read after it is what the act before has left.
 */
export function* leavesNoOperator({ name, db }: Dialect, isStopped: (operator: Operator) => boolean): Act<boolean> {
  if (name === 'postgres') yield db.selectFrom('users').select('id').where('is_operator', '=', sql.lit(1)).orderBy('id').forNoKeyUpdate().compile()
  const operators = yield* rowsOf(livingOperators(db).select(['users.id as id', 'users.account_id as accountId']).compile())
  return operators.length > 0 && operators.every(isStopped)
}
