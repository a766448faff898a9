/** Members of accounts: who joins, who leaves. */
import type { Journal } from '@latchwork/kernel'
import { type Act, rowOf, rowsOf } from '../act.ts'
import type { Dialect, Engine } from '../engine.ts'
import { writeJournal } from '../journal.ts'
import { type ChangedKeyRow, changedKeyColumns, revokedFor, withKeyChanges } from '../keys/changed-keys.ts'
import { isActive } from '../keys/conditions.ts'
import { lockAccounts } from '../keys/places.ts'
import { template } from '../template.ts'

/** What a former membership left ends here, before it could be used again: a token that was asked for then and made beside its end. */
export function* addMember(dialect: Dialect, accountId: string, userId: string, now: number, journal: Journal): Act<boolean> {
  yield* lockAccounts(dialect, [accountId])
  const added = yield* rowOf(
    dialect.db
      .insertInto('members')
      .values({ account_id: accountId, user_id: userId, role: 'member', created_at: now })
      .onConflict((conflict) => conflict.columns(['account_id', 'user_id']).doNothing())
      .returning('user_id')
      .compile(),
  )
  if (added === undefined) return false
  yield* endTokens(dialect, accountId, userId, now)
  yield* writeJournal(dialect, journal)
  return true
}

/** Their tokens for the account end, and caches hear of each. A token that is made at this moment comes before, and is told of, or after, and is dead by the join when first looked up. */
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
  const tokens = yield* endTokens(dialect, accountId, userId, now)
  const revocations = [...journal.revocations, ...tokens.map(({ id }) => ({ lifeline: `key:${id}`, at: now, until: now }) as const)]
  yield* writeJournal(dialect, withKeyChanges({ ...journal, revocations }, revokedFor(REASON, tokens)))
  return true
}

const REASON = 'membership_ended'

/** Gives those that ended. */
function* endTokens({ db }: Dialect, accountId: string, userId: string, now: number): Act<readonly ChangedKeyRow[]> {
  const ended = db
    .updateTable('api_keys')
    .set({ revoked_at: now, revoked_reason: REASON })
    .where('account_id', '=', accountId)
    .where('user_id', '=', userId)
    .where(isActive(now))
  return yield* rowsOf(ended.returning(changedKeyColumns).compile())
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
