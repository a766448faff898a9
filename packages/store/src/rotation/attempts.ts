/** The life of an attempt: claimed for a time, begun with a roll, settled by whoever still holds the lease. */
import type { ClaimedRotation, KeyRoll, NamedRotation, RolledKey, RollRefusal, RotationAttempt, RotationChange, WrittenBeside } from '@latchwork/api-keys'
import type { Journal, Once } from '@latchwork/kernel'
import { type SqlBool, sql } from 'kysely'
import { type Act, rowOf, rowsOf, undo } from '../act.ts'
import { noteAnswer, noteCall } from '../act-once.ts'
import type { Dialect } from '../engine.ts'
import { writeJournal } from '../journal.ts'
import { queueAlert } from '../key-use/write-alert.ts'
import { rollKeys } from '../keys/roll-keys.ts'
import { CLOCKS_MAY_DIFFER_MS } from '../put-off.ts'
import { claimOf, type RotationRow, rotationRows } from './rows.ts'

/** `sending` is set before anything can leave, so that a kill never hides that it may have arrived. */
const leased = (leaseUntil: number) => ({
  lease: sql<number>`lease + 1`,
  lease_until: leaseUntil,
  sending: sql<0 | 1>`case when seed is null then 0 else 1 end`,
  may_have_arrived: sql<0 | 1>`case when sending = 1 then 1 else may_have_arrived end`, // an attempt that nobody settled
})

/** Whoever had it has had its time, or took it by a clock that was ahead: no lease from now would last so long (R5). One who works on all the same is told by the count of leases. */
const isFree = (now: number, leaseUntil: number) => sql<SqlBool>`(lease_until <= ${now} or lease_until > ${leaseUntil + CLOCKS_MAY_DIFFER_MS})`

export function* claimDue(dialect: Dialect, now: number, leaseUntil: number, limit: number): Act<readonly ClaimedRotation[]> {
  const { db, name } = dialect
  const due = db.selectFrom('key_rotations').select('seq').where('next_at', '<=', now).where(isFree(now, leaseUntil)).orderBy('next_at').limit(limit)
  const rows = yield* rowsOf(
    db
      .updateTable('key_rotations')
      .set(leased(leaseUntil))
      .where('seq', 'in', name === 'postgres' ? due.forUpdate().skipLocked() : due)
      .where('next_at', '<=', now)
      .where(isFree(now, leaseUntil))
      .returning('id')
      .compile(),
  )
  if (rows.length === 0) return []
  const ids = rows.map(({ id }) => id)
  return ((yield rotationRows(dialect).where('r.id', 'in', ids).compile()) as readonly RotationRow[]).map(claimOf)
}

export function* claimOne(dialect: Dialect, keyId: string, now: number, leaseUntil: number): Act<ClaimedRotation | 'under_way' | undefined> {
  const { db } = dialect
  const taken = yield* rowOf(
    db.updateTable('key_rotations').set(leased(leaseUntil)).where('key_id', '=', keyId).where(isFree(now, leaseUntil)).returning('id').compile(),
  )
  if (taken === undefined) {
    const there = yield* rowOf(db.selectFrom('key_rotations').select('id').where('key_id', '=', keyId).compile())
    return there === undefined ? undefined : 'under_way'
  }
  const row = yield* rowOf(rotationRows(dialect).where('r.id', '=', taken.id).compile())
  if (row === undefined) throw new Error(`rotation ${taken.id} has no policy`)
  return claimOf(row)
}

/** The roll and the seed in one act: either nothing is there, or everything that another node needs to go on. */
export function* beginRotation(
  dialect: Dialect,
  claim: ClaimedRotation,
  roll: KeyRoll,
  seed: string,
  now: number,
  journal: Journal,
  once?: Once,
): Act<RolledKey | RollRefusal | 'lost'> {
  const { db } = dialect
  if (!(yield* noteNamed(dialect, once, claim, roll.successor.id))) undo('lost')
  yield* makeRoom(dialect, claim, roll.keyId)
  const mine = yield* rowOf(
    db
      .updateTable('key_rotations')
      .set({ key_id: roll.keyId, successor_id: roll.successor.id, seed, sending: 1, may_have_arrived: 0, due_at: claim.dueAt ?? null })
      .where('id', '=', claim.id)
      .where('lease', '=', claim.lease)
      .where('seed', 'is', null)
      .returning('id')
      .compile(),
  )
  if (mine === undefined) undo('lost')
  const rolled = (yield* rollKeys(dialect, [roll], now, journal)) as readonly RolledKey[] // refused: the act is undone
  return rolled[0] ?? undo('lost')
}

export function* settleRotation(
  dialect: Dialect,
  claim: ClaimedRotation,
  change: RotationChange,
  journal: Journal,
  { notice, once }: WrittenBeside = {},
): Act<boolean> {
  const { db } = dialect
  const { keyId, dueAt, nextAt, failures, lastRotatedAt, isSettled, mayHaveArrived, attempt } = change
  if (keyId !== undefined && keyId !== claim.keyId) yield* makeRoom(dialect, claim, keyId)
  const mine = yield* rowOf(
    db
      .updateTable('key_rotations')
      .set({
        next_at: nextAt,
        lease: sql<number>`lease + 1`, // a claim is settled once
        lease_until: 0,
        failures,
        sending: 0,
        ...(keyId === undefined ? {} : { key_id: keyId }),
        ...(dueAt === undefined ? {} : { due_at: dueAt }),
        ...(lastRotatedAt === undefined ? {} : { last_rotated_at: lastRotatedAt }),
        ...(isSettled === undefined ? {} : { successor_id: null, seed: null, may_have_arrived: 0 as const }),
        ...(mayHaveArrived === undefined ? {} : { may_have_arrived: 1 as const }),
      })
      .where('id', '=', claim.id)
      .where('lease', '=', claim.lease)
      .returning('id')
      .compile(),
  )
  if (mine === undefined) return false
  if (attempt !== undefined) yield attemptInsert(dialect, claim.id, attempt)
  if (attempt?.successorId !== undefined) yield* noteNamed(dialect, once, claim, attempt.successorId)
  if (notice !== undefined) yield* queueAlert(dialect, notice.alert, notice.channels)
  yield* writeJournal(dialect, journal)
  return true
}

/** What the call does, for when it comes again. False if it came before. */
function* noteNamed(dialect: Dialect, once: Once | undefined, { id }: ClaimedRotation, successorId: string): Act<boolean> {
  if (once === undefined) return true
  if (!(yield* noteCall(dialect, once))) return false
  const named: NamedRotation = { rotationId: id, successorId }
  yield* noteAnswer(dialect, once, named)
  return true
}

/** The line goes on with this key: what an account's policy took meanwhile is the same line. */
function* makeRoom({ db }: Dialect, claim: ClaimedRotation, keyId: string): Act<void> {
  yield db
    .deleteFrom('key_rotations')
    .where('key_id', '=', keyId)
    .where('id', '<>', claim.id)
    .where('seed', 'is', null)
    .where('policy_id', 'in', db.selectFrom('rotation_policies').select('id').where('rotation_policies.key_id', 'is', null))
    .compile()
}

function attemptInsert({ db }: Dialect, rotationId: string, { at, outcome, note, keyId, successorId }: RotationAttempt) {
  return db
    .insertInto('rotation_attempts')
    .values({ rotation_id: rotationId, at, outcome, note, key_id: keyId, successor_id: successorId ?? null })
    .compile()
}

export function* dropRotation(dialect: Dialect, claim: ClaimedRotation, journal: Journal): Act<boolean> {
  const { db } = dialect
  const mine = yield* rowOf(db.deleteFrom('key_rotations').where('id', '=', claim.id).where('lease', '=', claim.lease).returning('id').compile())
  if (mine === undefined) return false
  if (claim.policy.keyId !== undefined) yield db.deleteFrom('rotation_policies').where('id', '=', claim.policy.id).compile()
  yield* writeJournal(dialect, journal)
  return true
}
