/** Rotations as rows, each with its policy. */
import type { ClaimedRotation, Rotation, RotationAttempt, RotationPolicy, RotationSchedule } from '@latchwork/api-keys'
import type { Selectable } from 'kysely'
import { jsonOf, present } from '../columns.ts'
import type { Dialect } from '../engine.ts'
import type { KeyRotationsTable, RotationAttemptsTable, RotationPoliciesTable } from '../tables.ts'

export function policyValues(policy: RotationPolicy): RotationPoliciesTable {
  return {
    id: policy.id,
    account_id: policy.accountId,
    environment: policy.environment,
    key_id: policy.keyId ?? null,
    schedule: jsonOf(policy.schedule),
    overlap_ms: policy.overlapMs,
    target: policy.target,
    path: policy.path,
    created_by: policy.createdBy,
    created_at: policy.createdAt,
  }
}

export function policyOf(row: RotationPoliciesTable): RotationPolicy {
  const { id, environment, target, path } = row
  const schedule = JSON.parse(row.schedule) as RotationSchedule
  const made = { createdBy: row.created_by, createdAt: row.created_at }
  return { id, accountId: row.account_id, environment, schedule, overlapMs: row.overlap_ms, target, path, ...made, ...present({ keyId: row.key_id }) }
}

/** A rotation beside its policy, its key and its account, whose columns are marked. */
export function rotationRows({ db }: Dialect) {
  return db
    .selectFrom('key_rotations as r')
    .innerJoin('rotation_policies as p', 'p.id', 'r.policy_id')
    .innerJoin('api_keys', 'api_keys.id', 'r.key_id')
    .innerJoin('accounts', 'accounts.id', 'p.account_id')
    .selectAll('r')
    .select([
      'api_keys.created_at as k_created_at',
      'api_keys.expires_at as k_expires_at',
      'api_keys.lifetime_ms as k_lifetime_ms',
      'api_keys.replaced_by as k_replaced_by',
      'api_keys.disabled_at as k_disabled_at',
      'api_keys.revoked_at as k_revoked_at',
      'accounts.disabled_at as a_disabled_at',
    ])
    .select([
      'p.account_id as p_account_id',
      'p.environment as p_environment',
      'p.key_id as p_key_id',
      'p.schedule as p_schedule',
      'p.overlap_ms as p_overlap_ms',
      'p.target as p_target',
      'p.path as p_path',
      'p.created_by as p_created_by',
      'p.created_at as p_created_at',
    ])
}

type Marked<T> = { readonly [K in keyof T & string as `p_${K}`]: T[K] }
export type RotationRow = Readonly<Selectable<KeyRotationsTable>> & Marked<Omit<RotationPoliciesTable, 'id'>> & KeyColumns

/** What stands in the rows of the key and of its account. */
interface KeyColumns {
  readonly k_created_at: number
  readonly k_expires_at: number | null
  readonly k_lifetime_ms: number | null
  readonly k_replaced_by: string | null
  readonly k_disabled_at: number | null
  readonly k_revoked_at: number | null
  readonly a_disabled_at: number | null
}

export function rotationOf(row: RotationRow): Rotation {
  return {
    id: row.id,
    policy: policyOf({
      id: row.policy_id,
      account_id: row.p_account_id,
      environment: row.p_environment,
      key_id: row.p_key_id,
      schedule: row.p_schedule,
      overlap_ms: row.p_overlap_ms,
      target: row.p_target,
      path: row.p_path,
      created_by: row.p_created_by,
      created_at: row.p_created_at,
    }),
    keyId: row.key_id,
    line: row.line,
    createdAt: row.created_at,
    nextAt: row.next_at,
    failures: row.failures,
    key: {
      createdAt: row.k_created_at,
      ...present({
        expiresAt: row.k_expires_at,
        lifetimeMs: row.k_lifetime_ms,
        replacedBy: row.k_replaced_by,
        disabledAt: row.k_disabled_at,
        revokedAt: row.k_revoked_at,
      }),
    },
    ...present({ dueAt: row.due_at, successorId: row.successor_id, lastRotatedAt: row.last_rotated_at, accountDisabledAt: row.a_disabled_at }),
  }
}

export function claimOf(row: RotationRow): ClaimedRotation {
  return { ...rotationOf(row), lease: row.lease, ...present({ seed: row.seed }) }
}

type AttemptRow = Readonly<Omit<RotationAttemptsTable, 'seq' | 'rotation_id'>>

export function attemptOf({ at, outcome, note, key_id: keyId, successor_id: successorId }: AttemptRow): RotationAttempt {
  return { at, outcome, note, keyId, ...present({ successorId }) }
}
