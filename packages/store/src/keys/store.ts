/** The port of `api-keys`. */
import type { ApiKey, ApiKeysStore, KeyFilter, RootKey } from '@latchwork/api-keys'
import type { Page } from '@latchwork/kernel'
import { type Act, rowOf } from '../act.ts'
import { jsonOf, present, wordsOf } from '../columns.ts'
import { pageOf, parsePlace } from '../cursor.ts'
import type { Dialect, Engine } from '../engine.ts'
import { writeJournal } from '../journal.ts'
import { createKey, revokeKey } from './create-key.ts'
import { credentialReads } from './find-key.ts'
import { keyColumns, keyOf } from './key-rows.ts'

export function apiKeysStore(engine: Engine): ApiKeysStore {
  const { dialect, read, act } = engine
  const { db } = dialect
  return {
    ...credentialReads(engine),
    createKey: (key, journal) => act(() => createKey(dialect, key, journal)),
    revokeKey: (keyId, reason, now, journal) => act(() => revokeKey(dialect, keyId, reason, now, journal)),
    createRootKey: (key, journal) => act(() => createRootKey(dialect, key, journal)),
    revokeRootKey: (rootKeyId, now, journal) => act(() => revokeRootKey(dialect, rootKeyId, now, journal)),
    listKeys: (filter) => listKeys(engine, filter),
    async findKey(keyId) {
      const [row] = await read(db.selectFrom('api_keys').select(keyColumns).where('id', '=', keyId).compile())
      return row && keyOf(row)
    },
    async listRootKeys() {
      const query = db
        .selectFrom('root_keys')
        .select(['id', 'name', 'scopes', 'fingerprint', 'created_at as createdAt', 'revoked_at as revokedAt'])
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
      return (await read(query.compile())).map(({ scopes, revokedAt, ...row }): RootKey => ({ ...row, scopes: wordsOf(scopes), ...present({ revokedAt }) }))
    },
  }
}

async function listKeys({ dialect, read }: Engine, filter: KeyFilter): Promise<Page<ApiKey>> {
  let query = dialect.db
    .selectFrom('api_keys')
    .select(keyColumns)
    .where('seq', '<', parsePlace('keys', filter))
    .orderBy('seq', 'desc')
    .limit(filter.limit + 1)
  if (filter.accountId !== undefined) query = query.where('account_id', '=', filter.accountId)
  if (filter.environment !== undefined) query = query.where('environment', '=', filter.environment)
  return pageOf('keys', await read(query.compile()), filter.limit, keyOf)
}

function* createRootKey(dialect: Dialect, key: Parameters<ApiKeysStore['createRootKey']>[0], journal: Parameters<ApiKeysStore['createRootKey']>[1]): Act<void> {
  const { id, digest, name, scopes, fingerprint, createdAt } = key
  yield dialect.db
    .insertInto('root_keys')
    .values({ id, digest, name, scopes: jsonOf(scopes), fingerprint, created_at: createdAt })
    .compile()
  yield* writeJournal(dialect, journal)
}

function* revokeRootKey(dialect: Dialect, rootKeyId: string, now: number, journal: Parameters<ApiKeysStore['revokeRootKey']>[2]): Act<boolean> {
  const revoked = yield* rowOf(
    dialect.db.updateTable('root_keys').set({ revoked_at: now }).where('id', '=', rootKeyId).where('revoked_at', 'is', null).returning('id').compile(),
  )
  if (revoked === undefined) return false
  yield* writeJournal(dialect, journal)
  return true
}
