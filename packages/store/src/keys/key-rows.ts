/** API keys as rows. */
import type { ApiKey, NewApiKey } from '@latchwork/api-keys'
import { jsonOf, present, wordsOf } from '../columns.ts'
import type { Flag, Json } from '../tables.ts'

export const keyColumns = [
  'api_keys.seq',
  'api_keys.id',
  'api_keys.account_id',
  'api_keys.kind',
  'api_keys.environment',
  'api_keys.name',
  'api_keys.scopes',
  'api_keys.fingerprint',
  'api_keys.is_primary',
  'api_keys.created_by',
  'api_keys.created_at',
  'api_keys.not_before',
  'api_keys.expires_at',
  'api_keys.revoked_at',
  'api_keys.revoked_reason',
] as const

export interface KeyRow {
  readonly seq: number
  readonly id: string
  readonly account_id: string
  readonly kind: ApiKey['kind']
  readonly environment: ApiKey['environment']
  readonly name: string
  readonly scopes: Json
  readonly fingerprint: string
  readonly is_primary: Flag
  readonly created_by: string
  readonly created_at: number
  readonly not_before: number | null
  readonly expires_at: number | null
  readonly revoked_at: number | null
  readonly revoked_reason: string | null
}

export function keyOf(row: KeyRow): ApiKey {
  return {
    id: row.id,
    accountId: row.account_id,
    kind: row.kind,
    environment: row.environment,
    name: row.name,
    scopes: wordsOf(row.scopes),
    fingerprint: row.fingerprint,
    isPrimary: row.is_primary === 1,
    createdBy: row.created_by,
    createdAt: row.created_at,
    ...present({ notBefore: row.not_before, expiresAt: row.expires_at, revokedAt: row.revoked_at, revokedReason: row.revoked_reason }),
  }
}

export function keyValues(key: NewApiKey) {
  return {
    id: key.id,
    digest: key.digest,
    account_id: key.accountId,
    kind: key.kind,
    environment: key.environment,
    name: key.name,
    scopes: jsonOf(key.scopes),
    fingerprint: key.fingerprint,
    is_primary: 0 as const,
    created_by: key.createdBy,
    created_at: key.createdAt,
    not_before: key.notBefore ?? null,
    expires_at: key.expiresAt ?? null,
  }
}
