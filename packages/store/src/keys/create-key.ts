/** Making and ending API keys: two places for secret keys, one of them primary (K6). */
import type { ApiKey, NewApiKey } from '@latchwork/api-keys'
import type { Journal } from '@latchwork/kernel'
import { sql } from 'kysely'
import { type Act, rowOf, undo } from '../act.ts'
import type { Dialect } from '../engine.ts'
import { writeJournal } from '../journal.ts'
import { keyColumns, keyOf, keyValues } from './key-rows.ts'

type Ring = Pick<ApiKey, 'accountId' | 'environment'>

export function* createKey(dialect: Dialect, key: NewApiKey, journal: Journal): Act<ApiKey | 'slots_taken'> {
  const { db } = dialect
  if (key.kind === 'sk') {
    yield* lockAccount(dialect, key.accountId)
    yield* freeExpired(dialect, key, key.createdAt)
    if (!(yield* insertInPlace(dialect, key, 1)) && !(yield* insertInPlace(dialect, key, 2))) undo('slots_taken')
    yield* choosePrimary(dialect, key)
  } else {
    yield db.insertInto('api_keys').values(keyValues(key)).compile()
  }
  const row = yield* rowOf(db.selectFrom('api_keys').select(keyColumns).where('id', '=', key.id).compile())
  if (row === undefined) throw new Error(`key ${key.id} was written and is not there`)
  yield* writeJournal(dialect, journal)
  return keyOf(row)
}

export function* revokeKey(dialect: Dialect, keyId: string, reason: string, now: number, journal: Journal): Act<boolean> {
  const { db } = dialect
  const ring = yield* rowOf(db.selectFrom('api_keys').select(['account_id as accountId', 'environment']).where('id', '=', keyId).compile())
  if (ring === undefined) return false
  yield* lockAccount(dialect, ring.accountId)
  const revoked = yield* rowOf(
    db
      .updateTable('api_keys')
      .set({ revoked_at: now, revoked_reason: reason, slot: null, is_primary: 0 })
      .where('id', '=', keyId)
      .where('revoked_at', 'is', null)
      .returning('id')
      .compile(),
  )
  if (revoked === undefined) return false
  yield* choosePrimary(dialect, ring)
  yield* writeJournal(dialect, journal)
  return true
}

/** Acts on one account's keys go one after the other, so that which is primary is never decided twice. That there are two at most, an index holds. */
function* lockAccount({ name, db }: Dialect, accountId: string): Act<void> {
  const account = db.selectFrom('accounts').select('id').where('id', '=', accountId)
  if (name === 'postgres') yield account.forNoKeyUpdate().compile()
}

function* freeExpired({ db }: Dialect, { accountId, environment }: Ring, now: number): Act<void> {
  yield db
    .updateTable('api_keys')
    .set({ slot: null, is_primary: 0 })
    .where('account_id', '=', accountId)
    .where('environment', '=', environment)
    .where('slot', 'is not', null)
    .where('expires_at', '<=', now)
    .compile()
}

function* insertInPlace({ db }: Dialect, key: NewApiKey, slot: 1 | 2): Act<boolean> {
  const inserted = yield* rowOf(
    db
      .insertInto('api_keys')
      .values({ ...keyValues(key), slot })
      .onConflict((conflict) => conflict.columns(['account_id', 'environment', 'slot']).where('slot', 'is not', sql.lit(null)).doNothing())
      .returning('id')
      .compile(),
  )
  return inserted !== undefined
}

/** Where none is primary, the oldest that holds a place becomes it. */
function* choosePrimary({ db }: Dialect, { accountId, environment }: Ring): Act<void> {
  const inPlace = db.selectFrom('api_keys').where('account_id', '=', accountId).where('environment', '=', environment).where('slot', 'is not', null)
  yield db
    .updateTable('api_keys')
    .set({ is_primary: 1 })
    .where('id', '=', inPlace.select('id').orderBy('seq').limit(1))
    .where(({ not, exists }) => not(exists(inPlace.select('id').where('is_primary', '=', sql.lit(1)))))
    .compile()
}
