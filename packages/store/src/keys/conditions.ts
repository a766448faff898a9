/** Conditions on keys that several statements share. */
import { type Expression, type SqlBool, sql } from 'kysely'

/** Neither revoked nor expired. Says nothing of what the key lives by, nor of its begin. */
export function isActive(now: number): Expression<SqlBool> {
  return sql<SqlBool>`(api_keys.revoked_at is null and (api_keys.expires_at is null or api_keys.expires_at > ${now}))`
}

/** Made by this person, or standing for them. */
export function madeBy(userId: string): Expression<SqlBool> {
  return sql<SqlBool>`(api_keys.created_by = ${userId} or api_keys.user_id = ${userId})`
}
