/** Lists of keys, newest first. */
import type { ApiKey, KeyFilter } from '@latchwork/api-keys'
import type { Page } from '@latchwork/kernel'
import { type SqlBool, sql } from 'kysely'
import { jsonOf } from '../columns.ts'
import { pageOf, parsePlace } from '../cursor.ts'
import type { Dialect, Engine } from '../engine.ts'
import { type Condition, isNull, LOOKED_THROUGH, madeWithin, nameHas, stopOf, stopOfParts } from '../list-filters.ts'
import { isActive, madeBy } from './conditions.ts'
import { keyColumns, keyOf } from './key-rows.ts'

export async function listKeys(engine: Engine, filter: KeyFilter): Promise<Page<ApiKey>> {
  const { dialect, read } = engine
  let rows = dialect.db.selectFrom('api_keys').where('seq', '<', parsePlace('keys', filter)).orderBy('seq', 'desc')
  for (const condition of leadingOf(filter)) rows = rows.where(condition)
  const filters = filtersOf(dialect, filter)
  const parts = partsOf(filter)
  const end =
    parts.length > 1
      ? await stopOfParts(
          engine,
          parts.map((part) => rows.where(part).select('seq')),
          filters.length > 0 ? LOOKED_THROUGH : filter.limit + 1,
        )
      : await stopOf(engine, rows.select('seq'), filters)
  let query = rows.select(keyColumns).limit(filter.limit + 1)
  if (end !== undefined) query = query.where('seq', '>=', end.seq)
  for (const condition of filters) query = query.where(condition)
  return pageOf('keys', await read(query.compile()), filter.limit, keyOf, end)
}

/** Of an account, and of a person, the keys stand in two stretches of an index, each in the order of the list; to sort the whole of both would take as long as there are keys. */
function partsOf({ accountId, environment, madeBy: maker }: KeyFilter): readonly Condition[] {
  if (maker !== undefined) return [sql`created_by = ${maker}`, sql`user_id = ${maker}`]
  return accountId !== undefined && environment === undefined ? [sql`environment = 'live'`, sql`environment = 'test'`] : []
}

/** What an index leads to. */
function leadingOf({ accountId, environment, userId, externalId, consentId, madeBy: maker }: KeyFilter): readonly Condition[] {
  const conditions: Condition[] = []
  if (accountId !== undefined) conditions.push(sql`account_id = ${accountId}`)
  if (accountId !== undefined) conditions.push(environment === undefined ? sql`environment in ('live', 'test')` : sql`environment = ${environment}`)
  if (userId !== undefined) conditions.push(sql`user_id = ${userId}`)
  if (externalId !== undefined) conditions.push(sql`external_id = ${externalId}`)
  if (consentId !== undefined) conditions.push(sql`consent_id = ${consentId}`)
  if (maker !== undefined) conditions.push(madeBy(maker))
  return conditions
}

function filtersOf(dialect: Dialect, filter: KeyFilter): readonly Condition[] {
  const { accountId, environment, kind, name, fingerprint, activeAt, expiredAt, unusedSince, expiresBefore } = filter
  const conditions: Condition[] = [...madeWithin('created_at', filter)]
  if (environment !== undefined && accountId === undefined) conditions.push(sql`environment = ${environment}`)
  if (kind !== undefined) conditions.push(sql`kind = ${kind}`)
  if (name !== undefined) conditions.push(nameHas(dialect, 'name', name))
  if (fingerprint !== undefined) conditions.push(sql`fingerprint = ${fingerprint}`)
  if (activeAt !== undefined) conditions.push(isActive(activeAt))
  if (expiredAt !== undefined) conditions.push(sql`(revoked_at is null and expires_at <= ${expiredAt})`)
  if (filter.isRevoked === true) conditions.push(isNull('revoked_at', false))
  if (filter.isDisabled === true) conditions.push(isNull('disabled_at', false))
  if (unusedSince !== undefined) conditions.push(sql<SqlBool>`coalesce(last_used_at, created_at) < cast(${unusedSince} as bigint)`)
  if (expiresBefore !== undefined) conditions.push(sql`expires_at < ${expiresBefore}`)
  if (filter.withoutNetworks === true) conditions.push(sql`networks = ${jsonOf([])}`)
  return conditions
}
