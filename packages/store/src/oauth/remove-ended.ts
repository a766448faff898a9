/** What lets clients in and time refuses, removed some at a time (R7): secrets that were rolled, tokens to register with. What became of them stays in the events. */
import { type Act, rowsOf } from '../act.ts'
import type { Dialect } from '../engine.ts'

/**
 * Secrets that expired before that time, of so many clients.
 * @returns whether there may be more.
 */
export function* removeOverSecrets({ db }: Dialect, before: number, limit: number): Act<boolean> {
  const due = yield* rowsOf(db.selectFrom('client_secrets').select(['client_id', 'digest']).where('expires_at', '<', before).limit(limit).compile())
  // Each by its key: whoever rolls the same client at this moment holds it, and finds the same gone.
  for (const { client_id, digest } of due)
    yield db.deleteFrom('client_secrets').where('client_id', '=', client_id).where('digest', '=', digest).where('expires_at', '<', before).compile()
  return due.length === limit
}

/** The same of tokens that let clients register, expired or revoked before that time. */
export function* removeOverInitialTokens({ name, db }: Dialect, before: number, limit: number): Act<boolean> {
  const over = db
    .selectFrom('initial_tokens')
    .select('seq')
    .where(({ or, eb }) => or([eb('expires_at', '<', before), eb('revoked_at', '<', before)]))
    .orderBy('seq')
    .limit(limit)
  const free = name === 'postgres' ? over.forUpdate().skipLocked() : over
  const removed = yield* rowsOf(db.deleteFrom('initial_tokens').where('seq', 'in', free).returning('id').compile())
  return removed.length === limit
}
