/** Ending API keys: at once, at a time, and all that a member made (K14). */
import type { ApiKey } from '@latchwork/api-keys'
import type { Journal } from '@latchwork/kernel'
import { type Act, rowOf, rowsOf } from '../act.ts'
import type { Dialect } from '../engine.ts'
import { writeJournal } from '../journal.ts'
import { isActive, madeBy } from './conditions.ts'
import { keyColumns, keyOf, readKey } from './key-rows.ts'
import { lockAccounts, lockRingOf, settleRing } from './places.ts'

export function* revokeKey(dialect: Dialect, keyId: string, reason: string, now: number, journal: Journal): Act<boolean> {
  const ring = yield* lockRingOf(dialect, keyId)
  if (ring === undefined) return false
  const revoked = yield* rowOf(
    dialect.db
      .updateTable('api_keys')
      .set({ revoked_at: now, revoked_reason: reason, slot: null, is_primary: 0 })
      .where('id', '=', keyId)
      .where('revoked_at', 'is', null)
      .returning('id')
      .compile(),
  )
  if (revoked === undefined) return false
  yield* settleRing(dialect, ring, now)
  yield* writeJournal(dialect, journal)
  return true
}

/** Gives the key's row its end; what ends now gives up its place. */
export function* endAt({ db }: Dialect, keyId: string, endsAt: number, now: number): Act<void> {
  const isOver = endsAt <= now
  yield db
    .updateTable('api_keys')
    .set({ expires_at: endsAt, overlap_ms: null, ...(isOver ? { slot: null, is_primary: 0 as const } : {}) })
    .where('id', '=', keyId)
    .compile()
  yield db.updateTable('api_keys').set({ starts_overlap_of: null }).where('id', '=', successorOf(db, keyId)).where('starts_overlap_of', '=', keyId).compile()
}

function successorOf(db: Dialect['db'], keyId: string) {
  return db.selectFrom('api_keys as replaced').select('replaced.replaced_by').where('replaced.id', '=', keyId)
}

export function* setKeyEnd(dialect: Dialect, keyId: string, endsAt: number, now: number, journal: Journal): Act<ApiKey | undefined> {
  const ring = yield* lockRingOf(dialect, keyId)
  if (ring === undefined) return undefined
  const active = yield* rowOf(dialect.db.selectFrom('api_keys').select('id').where('id', '=', keyId).where(isActive(now)).compile())
  if (active === undefined) return undefined
  yield* endAt(dialect, keyId, endsAt, now)
  yield* settleRing(dialect, ring, now)
  const key = yield* readKey(dialect, keyId)
  yield* writeJournal(dialect, journal)
  return key
}

export function* endKeysOfMember(
  dialect: Dialect,
  accountId: string,
  userId: string,
  reason: string,
  now: number,
  journalOf: (keys: readonly ApiKey[]) => Journal,
): Act<readonly ApiKey[]> {
  yield* lockAccounts(dialect, [accountId])
  const rows = yield* rowsOf(
    dialect.db
      .updateTable('api_keys')
      .set({ revoked_at: now, revoked_reason: reason, slot: null, is_primary: 0 })
      .where('account_id', '=', accountId)
      .where(madeBy(userId))
      .where(isActive(now))
      .returning(keyColumns)
      .compile(),
  )
  for (const environment of ['live', 'test'] as const) yield* settleRing(dialect, { accountId, environment }, now)
  const keys = rows.map(keyOf)
  yield* writeJournal(dialect, journalOf(keys))
  return keys
}
