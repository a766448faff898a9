/** Root keys: written, listed, ended. */
import type { NewRootKey, Once, Repeated, RootKey } from '@latchwork/api-keys'
import type { Journal } from '@latchwork/kernel'
import { type Act, rowOf } from '../act.ts'
import { actOnce } from '../act-once.ts'
import { jsonOf, present, wordsOf } from '../columns.ts'
import type { Dialect, Engine } from '../engine.ts'
import { writeJournal } from '../journal.ts'

export async function listRootKeys({ dialect, read }: Engine): Promise<readonly RootKey[]> {
  const query = dialect.db
    .selectFrom('root_keys')
    .select(['id', 'name', 'scopes', 'fingerprint', 'created_at as createdAt', 'revoked_at as revokedAt'])
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
  return (await read(query.compile())).map(({ scopes, revokedAt, ...row }): RootKey => ({ ...row, scopes: wordsOf(scopes), ...present({ revokedAt }) }))
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
