/** Acts that happen once, however often and at how many moments they are asked for (R1): the call is written down in the act itself. */
import type { Once, Repeated } from '@latchwork/kernel'
import { type Act, rowOf, undo } from './act.ts'
import { jsonOf } from './columns.ts'
import type { Dialect, Engine } from './engine.ts'

/**
 * Runs the act, unless this call was answered before. Who comes while the first is under way waits for its end. An act that takes itself back (`undo`), or answers `undefined` because
 * there was nothing to do it to, takes the note back too: a refused call can be repeated. The outcome is kept as JSON, so it must hold no secret.
 */
export function* actOnce<T>(dialect: Dialect, once: Once | undefined, act: () => Act<T>): Act<T | Repeated<Exclude<T, undefined>>> {
  if (once === undefined) return yield* act()
  if (!(yield* noteCall(dialect, once))) undo(yield* answered<T>(dialect, once))
  const outcome = yield* act()
  if (outcome === undefined) undo(outcome)
  yield* noteAnswer(dialect, once, outcome)
  return outcome
}

/** Writes the call down, for an act that is under way; false where it is there already. Its answer must be noted in the same act. */
export function* noteCall({ db }: Dialect, { makerId, key, requestDigest, now, until }: Once): Act<boolean> {
  yield db.deleteFrom('calls').where('maker_id', '=', makerId).where('call_key', '=', key).where('until', '<=', now).compile()
  const first = yield* rowOf(
    db
      .insertInto('calls')
      .values({ maker_id: makerId, call_key: key, request_digest: requestDigest, created_at: now, until })
      .onConflict((conflict) => conflict.columns(['maker_id', 'call_key']).doNothing())
      .returning('call_key')
      .compile(),
  )
  return first !== undefined
}

export function* noteAnswer({ db }: Dialect, { makerId, key }: Once, answer: unknown): Act<void> {
  yield db
    .updateTable('calls')
    .set({ answer: jsonOf(answer) })
    .where('maker_id', '=', makerId)
    .where('call_key', '=', key)
    .compile()
}

/** The answer of a call that was made and is still remembered. */
export async function findCall<T>({ dialect, read }: Engine, { makerId, key, requestDigest, now }: Once): Promise<Repeated<T> | undefined> {
  const { db } = dialect
  const query = db.selectFrom('calls').select(['request_digest', 'answer']).where('maker_id', '=', makerId).where('call_key', '=', key).where('until', '>', now)
  const [before] = await read(query.compile())
  if (before === undefined || before.answer === null) return undefined
  return before.request_digest === requestDigest ? { repeated: JSON.parse(before.answer) as T } : 'other_request'
}

function* answered<T>({ db }: Dialect, { makerId, key, requestDigest }: Once): Act<Repeated<T>> {
  const before = yield* rowOf(db.selectFrom('calls').select(['request_digest', 'answer']).where('maker_id', '=', makerId).where('call_key', '=', key).compile())
  if (before === undefined || before.answer === null) throw new Error('a call that was noted has no answer') // both are written by one act
  return before.request_digest === requestDigest ? { repeated: JSON.parse(before.answer) as T } : 'other_request'
}
