/** API keys as rows. */
import type { ApiKey, Credits, NamedLimit, NewApiKey } from '@latchwork/api-keys'
import type { Metadata } from '@latchwork/kernel'
import { type RawBuilder, sql } from 'kysely'
import { type Act, rowOf } from '../act.ts'
import { flagOf, jsonOf, present, wordsOf } from '../columns.ts'
import type { Dialect } from '../engine.ts'
import type { Flag, Json } from '../tables.ts'
import { onceForEach, template } from '../template.ts'

export const creditColumns = ['credits', 'credit_refill_amount', 'credit_refill_seconds', 'credit_max', 'credits_refilled_at'] as const

/** A key and its successor have one purse, which is the successor's row: what stands on the older row counts no more. */
export function fromPurse(column: (typeof creditColumns)[number]): RawBuilder<number | null> {
  const [own, successors] = [sql.ref(`api_keys.${column}`), sql.ref(`purse.${column}`)]
  return sql`(case when api_keys.replaced_by is null then ${own} else (select ${successors} from api_keys as purse where purse.id = api_keys.replaced_by) end)`
}

/** Of the key that holds the other place: one row, by the index of primary keys. */
const primaryFrom = sql<number | null>`(case when api_keys.slot is not null and api_keys.is_primary = 0 then (
  select one.expires_at from api_keys as one where one.account_id = api_keys.account_id and one.environment = api_keys.environment and one.is_primary = 1) end)`

export const keyColumns = [
  'api_keys.seq',
  'api_keys.id',
  'api_keys.account_id',
  'api_keys.kind',
  'api_keys.environment',
  'api_keys.name',
  'api_keys.scopes',
  'api_keys.roles',
  'api_keys.networks',
  'api_keys.limits',
  ...creditColumns.map((column) => fromPurse(column).as(column)),
  'api_keys.fingerprint',
  'api_keys.is_primary',
  primaryFrom.as('primary_from'),
  'api_keys.created_by',
  'api_keys.created_at',
  'api_keys.user_id',
  'api_keys.consent_id',
  'api_keys.grant_id',
  'api_keys.not_before',
  'api_keys.expires_at',
  'api_keys.lifetime_ms',
  'api_keys.replaced_by',
  'api_keys.overlap_ms',
  'api_keys.imported',
  'api_keys.public_text',
  'api_keys.external_id',
  'api_keys.metadata',
  'api_keys.disabled_at',
  'api_keys.last_used_at',
  'api_keys.last_used_address',
  'api_keys.last_used_user_agent',
  'api_keys.revoked_at',
  'api_keys.revoked_reason',
] as const

interface CreditColumns {
  readonly credits: number | null
  readonly credit_refill_amount: number | null
  readonly credit_refill_seconds: number | null
  readonly credit_max: number | null
  readonly credits_refilled_at: number | null
}

export interface KeyRow extends CreditColumns {
  readonly seq: number
  readonly id: string
  readonly account_id: string
  readonly kind: ApiKey['kind']
  readonly environment: ApiKey['environment']
  readonly name: string
  readonly scopes: Json
  readonly roles: Json
  readonly networks: Json
  readonly limits: Json
  readonly fingerprint: string
  readonly is_primary: Flag
  readonly primary_from: number | null
  readonly created_by: string
  readonly created_at: number
  readonly user_id: string | null
  readonly consent_id: string | null
  readonly grant_id: string | null
  readonly not_before: number | null
  readonly expires_at: number | null
  readonly lifetime_ms: number | null
  readonly replaced_by: string | null
  readonly overlap_ms: number | null
  readonly imported: Flag
  readonly public_text: string | null
  readonly external_id: string | null
  readonly metadata: Json | null
  readonly disabled_at: number | null
  readonly last_used_at: number | null
  readonly last_used_address: string | null
  readonly last_used_user_agent: string | null
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
    roles: wordsOf(row.roles),
    networks: wordsOf(row.networks),
    limits: JSON.parse(row.limits) as readonly NamedLimit[],
    fingerprint: row.fingerprint,
    isPrimary: row.is_primary === 1,
    createdBy: row.created_by,
    createdAt: row.created_at,
    imported: row.imported === 1,
    ...present({
      primaryFrom: row.primary_from,
      credits: creditsOf(row),
      userId: row.user_id,
      consentId: row.consent_id,
      grantId: row.grant_id,
      notBefore: row.not_before,
      expiresAt: row.expires_at,
      lifetimeMs: row.lifetime_ms,
      replacedBy: row.replaced_by,
      overlapMs: row.overlap_ms,
      publicText: row.public_text,
      externalId: row.external_id,
      metadata: row.metadata === null ? null : (JSON.parse(row.metadata) as Metadata),
      disabledAt: row.disabled_at,
      lastUsedAt: row.last_used_at,
      lastUsedAddress: row.last_used_address,
      lastUsedUserAgent: row.last_used_user_agent,
      revokedAt: row.revoked_at,
      revokedReason: row.revoked_reason,
    }),
  }
}

function creditsOf(row: CreditColumns): Credits | null {
  const { credits: remaining, credit_refill_amount: amount, credit_refill_seconds: everySeconds, credit_max: max, credits_refilled_at: refilledAt } = row
  if (remaining === null) return null
  const hasRefill = amount !== null && everySeconds !== null && max !== null
  return { remaining, ...(hasRefill ? { refill: { amount, everySeconds, max } } : {}), ...present({ refilledAt }) }
}

export function creditValues(credits: Credits | null | undefined): CreditColumns {
  return {
    credits: credits?.remaining ?? null,
    credit_refill_amount: credits?.refill?.amount ?? null,
    credit_refill_seconds: credits?.refill?.everySeconds ?? null,
    credit_max: credits?.refill?.max ?? null,
    credits_refilled_at: credits?.refilledAt ?? null,
  }
}

export type KeyValues = Readonly<ReturnType<typeof keyValues>>

export function keyValues(key: NewApiKey) {
  return {
    id: key.id,
    digest: key.digest,
    account_id: key.accountId,
    kind: key.kind,
    environment: key.environment,
    name: key.name,
    scopes: jsonOf(key.scopes),
    roles: jsonOf(key.roles),
    networks: jsonOf(key.networks),
    limits: jsonOf(key.limits),
    ...creditValues(key.credits),
    fingerprint: key.fingerprint,
    is_primary: 0 as const,
    created_by: key.createdBy,
    created_at: key.createdAt,
    user_id: key.userId ?? null,
    consent_id: key.consentId ?? null,
    grant_id: key.grantId ?? null,
    not_before: key.notBefore ?? null,
    expires_at: key.expiresAt ?? null,
    lifetime_ms: key.lifetimeMs ?? null,
    imported: flagOf(key.imported),
    public_text: key.publicText ?? null,
    external_id: key.externalId ?? null,
    metadata: key.metadata === undefined ? null : jsonOf(key.metadata),
    disabled_at: key.disabledAt ?? null,
  }
}

/** Every column of `keyValues`, each once: the compiler sees that none is missing. */
const written: { readonly [column in keyof KeyValues]: true } = {
  id: true,
  digest: true,
  account_id: true,
  kind: true,
  environment: true,
  name: true,
  scopes: true,
  roles: true,
  networks: true,
  limits: true,
  credits: true,
  credit_refill_amount: true,
  credit_refill_seconds: true,
  credit_max: true,
  credits_refilled_at: true,
  fingerprint: true,
  is_primary: true,
  created_by: true,
  created_at: true,
  user_id: true,
  consent_id: true,
  grant_id: true,
  not_before: true,
  expires_at: true,
  lifetime_ms: true,
  imported: true,
  public_text: true,
  external_id: true,
  metadata: true,
  disabled_at: true,
}

/** What writes the columns of `keyValues`, each bound by its name. */
export function keyParameters(parameter: <C extends keyof KeyValues>(column: C) => KeyValues[C]): KeyValues {
  return Object.fromEntries(Object.keys(written).map((column) => [column, parameter(column as keyof KeyValues)])) as unknown as KeyValues
}

const keyInsert = onceForEach(({ db }) => template<unknown, KeyValues>((parameter) => db.insertInto('api_keys').values(keyParameters(parameter)).compile()))

/** A key that holds none of the two places. */
export function* insertKey(dialect: Dialect, key: NewApiKey): Act<void> {
  yield keyInsert(dialect)(keyValues(key))
}

const keyById = onceForEach(({ db }) =>
  template<KeyRow, { id: string }>((parameter) => db.selectFrom('api_keys').select(keyColumns).where('id', '=', parameter('id')).compile()),
)

export function* readKey(dialect: Dialect, keyId: string): Act<ApiKey | undefined> {
  const row = yield* rowOf(keyById(dialect)({ id: keyId }))
  return row && keyOf(row)
}
