/** Rotations whose time to be looked at is now, because something about their key changed. */
import type { Act } from '../act.ts'
import type { Dialect } from '../engine.ts'
import { isActive } from '../keys/conditions.ts'

/** Found by indexes alone. Whoever works on one at this moment saw it as it was: its claim is void, unless a successor is on its way. */
export function* lookAgain(dialect: Dialect, keyIds: readonly string[], accountIds: readonly string[], now: number): Act<void> {
  const { db } = dialect
  if (keyIds.length > 0) {
    yield calledBack(dialect, now).where('key_id', 'in', keyIds).compile()
    const followed = db
      .selectFrom('api_keys')
      .select('starts_overlap_of')
      .where('id', 'in', keyIds)
      .where('starts_overlap_of', 'is not', null)
      .$castTo<{ starts_overlap_of: string }>()
    yield undelivered(dialect, now).where('key_id', 'in', followed).compile()
  }
  if (accountIds.length > 0) {
    const policies = db.selectFrom('rotation_policies').select('id').where('account_id', 'in', accountIds)
    yield calledBack(dialect, now).where('policy_id', 'in', policies).compile()
    yield undelivered(dialect, now).where('policy_id', 'in', policies).compile()
  }
}

/** Walks through all rotations, once in a while. */
export function* lookAtEnded(dialect: Dialect, now: number): Act<void> {
  const { db } = dialect
  const ended = db
    .selectFrom('key_rotations as r')
    .innerJoin('api_keys', 'api_keys.id', 'r.key_id')
    .select('r.key_id')
    .where(({ not }) => not(isActive(now)))
  yield calledBack(dialect, now).where('key_id', 'in', ended).compile()
}

function calledBack({ db }: Dialect, now: number) {
  return db
    .updateTable('key_rotations')
    .set((row) => ({ next_at: now, lease: row('lease', '+', 1), lease_until: 0 }))
    .where('seed', 'is', null)
}

function undelivered({ db }: Dialect, now: number) {
  return db.updateTable('key_rotations').set({ next_at: now }).where('seed', 'is not', null).where('lease_until', '<=', now)
}
