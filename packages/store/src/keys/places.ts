/** The two places of an account's secret keys in each environment, one of them primary (K6). */
import type { ApiKey, NewApiKey } from '@latchwork/api-keys'
import { sql } from 'kysely'
import { type Act, rowOf } from '../act.ts'
import type { Dialect } from '../engine.ts'
import { onceForEach, template } from '../template.ts'
import { type KeyValues, keyParameters, keyValues } from './key-rows.ts'

export type Ring = Pick<ApiKey, 'accountId' | 'environment'>

/**
 * Acts on one account's keys go one after the other, so that which is primary is never decided twice. That there are two at most, an index holds. Several accounts are
 * always locked in the same order.
 */
export function* lockAccounts({ name, db }: Dialect, accountIds: readonly string[]): Act<void> {
  if (name !== 'postgres') return
  for (const accountId of [...new Set(accountIds)].sort()) yield db.selectFrom('accounts').select('id').where('id', '=', accountId).forNoKeyUpdate().compile()
}

/** Ring of a key, its account locked; `undefined` if there is no such key. */
export function* lockRingOf(dialect: Dialect, keyId: string): Act<Ring | undefined> {
  const ring = yield* rowOf(dialect.db.selectFrom('api_keys').select(['account_id as accountId', 'environment']).where('id', '=', keyId).compile())
  if (ring !== undefined) yield* lockAccounts(dialect, [ring.accountId])
  return ring
}

function inPlaces({ db }: Dialect, { accountId, environment }: Ring) {
  return db.selectFrom('api_keys').where('account_id', '=', accountId).where('environment', '=', environment).where('slot', 'is not', null)
}

export function* freeExpired({ db }: Dialect, { accountId, environment }: Ring, now: number): Act<void> {
  yield db
    .updateTable('api_keys')
    .set({ slot: null, is_primary: 0 })
    .where('account_id', '=', accountId)
    .where('environment', '=', environment)
    .where('slot', 'is not', null)
    .where('expires_at', '<=', now)
    .compile()
}

/** Writes the key into a free place; false if there is none. */
export function* insertInPlace(dialect: Dialect, key: NewApiKey): Act<boolean> {
  return (yield* insertAt(dialect, key, 1)) || (yield* insertAt(dialect, key, 2))
}

const insertInto = onceForEach(({ db }) =>
  template<{ readonly id: string }, KeyValues & { readonly slot: 1 | 2 }>((parameter) =>
    db
      .insertInto('api_keys')
      .values({ ...keyParameters(parameter), slot: parameter('slot') })
      .onConflict((conflict) => conflict.columns(['account_id', 'environment', 'slot']).where('slot', 'is not', sql.lit(null)).doNothing())
      .returning('id')
      .compile(),
  ),
)

function* insertAt(dialect: Dialect, key: NewApiKey, slot: 1 | 2): Act<boolean> {
  return (yield* rowOf(insertInto(dialect)({ ...keyValues(key), slot }))) !== undefined
}

/** Frees the places of keys that have expired, and sees to it that a key that lives is primary: for every act that needs the one or the other. */
export function* settleRing(dialect: Dialect, ring: Ring, now: number): Act<void> {
  yield* freeExpired(dialect, ring, now)
  yield* choosePrimary(dialect, ring)
}

/** Where none is primary, the oldest that holds a place becomes it; one that was rolled and only lives on for its overlap comes last. Those that have expired hold none by now. */
export function* choosePrimary(dialect: Dialect, ring: Ring): Act<void> {
  const heir = inPlaces(dialect, ring).select('id').orderBy(sql`case when replaced_by is null then 0 else 1 end`).orderBy('seq').limit(1)
  yield dialect.db
    .updateTable('api_keys')
    .set({ is_primary: 1 })
    .where('id', '=', heir)
    .where(({ not, exists }) => not(exists(inPlaces(dialect, ring).select('id').where('is_primary', '=', sql.lit(1)))))
    .compile()
}

/** Places of keys that have expired are freed, and where the primary was among them another key becomes it: in so many rings at most. */
export function* settlePlaces(dialect: Dialect, now: number, limit: number): Act<void> {
  const rings = (yield dialect.db
    .selectFrom('api_keys')
    .select(['account_id as accountId', 'environment'])
    .where('is_primary', '=', sql.lit(1))
    .where('expires_at', '<=', now)
    .orderBy('account_id')
    .limit(limit)
    .compile()) as readonly Ring[]
  yield* lockAccounts(
    dialect,
    rings.map(({ accountId }) => accountId),
  )
  for (const ring of rings) yield* settleRing(dialect, ring, now)
}

/** Makes a key that holds a place the primary one. */
export function* makePrimary({ db }: Dialect, { accountId, environment }: Ring, keyId: string): Act<void> {
  const ring = db.updateTable('api_keys').where('account_id', '=', accountId).where('environment', '=', environment)
  yield ring.set({ is_primary: 0 }).where('is_primary', '=', sql.lit(1)).where('id', '<>', keyId).compile()
  yield ring.set({ is_primary: 1 }).where('id', '=', keyId).compile()
}

/** The other key that holds a place of the ring. */
export function* otherInPlace(dialect: Dialect, ring: Ring, keyId: string): Act<string | undefined> {
  const other = yield* rowOf(inPlaces(dialect, ring).select('id').where('id', '<>', keyId).orderBy('is_primary').orderBy('seq').limit(1).compile())
  return other?.id
}
