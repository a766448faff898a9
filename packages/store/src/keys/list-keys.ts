/** Lists of keys, newest first. */
import type { ApiKey, KeyFilter } from '@latchwork/api-keys'
import type { Page } from '@latchwork/kernel'
import { sql } from 'kysely'
import { jsonOf } from '../columns.ts'
import { pageOf, parsePlace } from '../cursor.ts'
import type { Engine } from '../engine.ts'
import { isActive, madeBy } from './conditions.ts'
import { keyColumns, keyOf } from './key-rows.ts'

export async function listKeys({ dialect, read }: Engine, filter: KeyFilter): Promise<Page<ApiKey>> {
  const { accountId, environment, kind, userId, externalId, madeBy: maker, activeAt, unusedSince, expiresBefore, withoutNetworks } = filter
  let query = dialect.db
    .selectFrom('api_keys')
    .select(keyColumns)
    .where('seq', '<', parsePlace('keys', filter))
    .orderBy('seq', 'desc')
    .limit(filter.limit + 1)
  if (accountId !== undefined) query = query.where('account_id', '=', accountId)
  if (environment !== undefined) query = query.where('environment', '=', environment)
  if (kind !== undefined) query = query.where('kind', '=', kind)
  if (userId !== undefined) query = query.where('user_id', '=', userId)
  if (externalId !== undefined) query = query.where('external_id', '=', externalId)
  if (maker !== undefined) query = query.where(madeBy(maker))
  if (activeAt !== undefined) query = query.where(isActive(activeAt))
  if (unusedSince !== undefined) query = query.where(sql<boolean>`coalesce(last_used_at, created_at) < cast(${unusedSince} as bigint)`)
  if (expiresBefore !== undefined) query = query.where('expires_at', '<', expiresBefore)
  if (withoutNetworks === true) query = query.where('networks', '=', jsonOf([]))
  return pageOf('keys', await read(query.compile()), filter.limit, keyOf)
}
