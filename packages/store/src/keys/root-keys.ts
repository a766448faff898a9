/** Root keys: written, listed, ended. */
import type { NewRootKey, Once, Repeated, RootKey, RootKeyFilter } from '@latchwork/api-keys'
import type { Journal, Page } from '@latchwork/kernel'
import { type Act, rowOf } from '../act.ts'
import { actOnce } from '../act-once.ts'
import { jsonOf, present, wordsOf } from '../columns.ts'
import { isWithin, parseTimedPlace, timedPageOf } from '../cursor.ts'
import type { Dialect, Engine } from '../engine.ts'
import { writeJournal } from '../journal.ts'
import { isNull, nameHas, stopOf } from '../list-filters.ts'
import type { Json } from '../tables.ts'

export async function listRootKeys(engine: Engine, filter: RootKeyFilter): Promise<Page<RootKey>> {
  const { dialect, read } = engine
  const { name, state, limit } = filter
  const place = parseTimedPlace('rootkeys', filter)
  const rows = dialect.db.selectFrom('root_keys').orderBy('created_at', 'desc').orderBy('id', 'desc')
  const filters = [...(name === undefined ? [] : [nameHas(dialect, 'name', name)]), ...(state === undefined ? [] : [isNull('revoked_at', state === 'active')])]
  const end = await stopOf(engine, rows.select(['created_at as at', 'id']).where(isWithin('root_keys', filter, place)), filters)
  let query = rows
    .select(['id', 'name', 'scopes', 'fingerprint', 'created_at as createdAt', 'revoked_at as revokedAt'])
    .where(isWithin('root_keys', filter, place, end))
    .limit(limit + 1)
  for (const condition of filters) query = query.where(condition)
  return timedPageOf('rootkeys', await read(query.compile()), limit, ({ createdAt, id }) => ({ at: createdAt, id }), rootKeyOf, end)
}

interface RootKeyRow extends Omit<RootKey, 'scopes' | 'revokedAt'> {
  readonly scopes: Json
  readonly revokedAt: number | null
}

function rootKeyOf({ scopes, revokedAt, ...row }: RootKeyRow): RootKey {
  return { ...row, scopes: wordsOf(scopes), ...present({ revokedAt }) }
}

export function* createRootKey(dialect: Dialect, key: NewRootKey, journal: Journal, once?: Once): Act<RootKey | Repeated<RootKey>> {
  return yield* actOnce(dialect, once, () => create(dialect, key, journal))
}

function* create(dialect: Dialect, key: NewRootKey, journal: Journal): Act<RootKey> {
  const { digest, ...rootKey } = key
  const { id, name, scopes, fingerprint, createdAt } = rootKey
  yield dialect.db
    .insertInto('root_keys')
    .values({ id, digest, name, scopes: jsonOf(scopes), fingerprint, created_at: createdAt })
    .compile()
  yield* writeJournal(dialect, journal)
  return rootKey
}

export function* revokeRootKey(dialect: Dialect, rootKeyId: string, now: number, journal: Journal): Act<boolean> {
  const revoked = yield* rowOf(
    dialect.db.updateTable('root_keys').set({ revoked_at: now }).where('id', '=', rootKeyId).where('revoked_at', 'is', null).returning('id').compile(),
  )
  if (revoked === undefined) return false
  yield* writeJournal(dialect, journal)
  return true
}
