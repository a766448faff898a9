/** Access tokens that time refuses, removed some at a time along the primary key: digests rise with time, so no index has to be paid for at every issue. */
import { type Act, rowsOf } from '../act.ts'
import type { Dialect } from '../engine.ts'

/**
 * Looks at so many tokens behind `after` and removes those that expired before that time.
 * @returns the digest to go on from; undefined when the end was reached.
 */
export function* removeExpiredTokens(dialect: Dialect, after: string, before: number, limit: number): Act<string | undefined> {
  const { db } = dialect
  const walked = yield* rowsOf(
    db.selectFrom('access_tokens').select(['digest', 'expires_at']).where('digest', '>', after).orderBy('digest').limit(limit).compile(),
  )
  const expired = walked.flatMap(({ digest, expires_at }) => (Number(expires_at) < before ? [digest] : []))
  if (expired.length > 0) {
    const due = db.selectFrom('access_tokens').select('digest').where('digest', 'in', expired)
    // Two nodes at once pass each other by.
    const free = dialect.name === 'postgres' ? due.forUpdate().skipLocked() : due
    yield db.deleteFrom('access_tokens').where('digest', 'in', free).compile()
  }
  return walked.length < limit ? undefined : walked.at(-1)?.digest
}

/** A client whose grants are gone is still one that was used, and no unused registration. */
export function* rememberUse({ db }: Dialect, clientIds: readonly string[], now: number): Act<void> {
  const ids = [...new Set(clientIds)].sort()
  if (ids.length === 0) return
  const unmarked = yield* rowsOf(db.selectFrom('clients').select('id').where('id', 'in', ids).where('used_at', 'is', null).compile())
  for (const { id } of unmarked) yield db.updateTable('clients').set({ used_at: now }).where('id', '=', id).where('used_at', 'is', null).compile()
}
