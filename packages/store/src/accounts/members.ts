/** Members of accounts: who joins, who leaves. */
import type { Journal } from '@latchwork/kernel'
import { type Act, rowOf, rowsOf } from '../act.ts'
import type { Dialect, Engine } from '../engine.ts'
import { writeJournal } from '../journal.ts'
import { isActive } from '../keys/conditions.ts'
import { lockAccounts } from '../keys/places.ts'
import { template } from '../template.ts'

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

/** Their tokens for the account are dead by the join; caches hear of each. A token that is made at this moment comes before, and is told of, or after, and is dead when first looked up. */
export function* removeMember(dialect: Dialect, accountId: string, userId: string, now: number, journal: Journal): Act<boolean> {
  yield* lockAccounts(dialect, [accountId])
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
  const tokens = dialect.db.selectFrom('api_keys').select('id').where('account_id', '=', accountId).where('user_id', '=', userId)
  const ended = (yield* rowsOf(tokens.where(isActive(now)).compile())).map(({ id }) => ({ lifeline: `key:${id}`, at: now, until: now }) as const)
  yield* writeJournal(dialect, { ...journal, revocations: [...journal.revocations, ...ended] })
  return true
}

export function memberReads({ dialect, read }: Engine) {
  const membership = template<{ readonly user_id: string }, { accountId: string; userId: string }>((parameter) =>
    dialect.db.selectFrom('members').select('user_id').where('account_id', '=', parameter('accountId')).where('user_id', '=', parameter('userId')).compile(),
  )
  return {
    async isMember(accountId: string, userId: string): Promise<boolean> {
      return (await read(membership({ accountId, userId }))).length > 0
    },
  }
}
