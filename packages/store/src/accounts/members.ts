/** Members of accounts: who joins, who leaves. */
import type { Journal } from '@latchwork/kernel'
import { type Act, rowOf } from '../act.ts'
import type { Dialect, Engine } from '../engine.ts'
import { writeJournal } from '../journal.ts'

export function* addMember(dialect: Dialect, accountId: string, userId: string, now: number, journal: Journal): Act<boolean> {
  const added = yield* rowOf(
    dialect.db
      .insertInto('members')
      .values({ account_id: accountId, user_id: userId, role: 'member', created_at: now })
      .onConflict((conflict) => conflict.columns(['account_id', 'user_id']).doNothing())
      .returning('user_id')
      .compile(),
  )
  if (added === undefined) return false
  yield* writeJournal(dialect, journal)
  return true
}

export function* removeMember(dialect: Dialect, accountId: string, userId: string, journal: Journal): Act<boolean> {
  const ofTheirOwn = dialect.db.selectFrom('users').select('users.account_id').where('users.id', '=', userId)
  const removed = yield* rowOf(
    dialect.db
      .deleteFrom('members')
      .where('account_id', '=', accountId)
      .where('user_id', '=', userId)
      .where('account_id', 'not in', ofTheirOwn)
      .returning('user_id')
      .compile(),
  )
  if (removed === undefined) return false
  yield* writeJournal(dialect, journal)
  return true
}

export function memberReads({ dialect, read }: Engine) {
  return {
    async isMember(accountId: string, userId: string): Promise<boolean> {
      const query = dialect.db.selectFrom('members').select('user_id').where('account_id', '=', accountId).where('user_id', '=', userId)
      return (await read(query.compile())).length > 0
    },
  }
}
