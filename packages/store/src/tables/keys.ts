/** API keys and root keys: what they may do, how they are used, rotated and leaked. */
import type { LeakAction, LeakableKind, LeakChannel, RotationOutcome } from '@latchwork/api-keys'
import type { Generated } from 'kysely'
import type { Flag, Json } from './cells.ts'

export interface KeyTables {
  api_keys: ApiKeysTable
  calls: CallsTable
  limit_states: LimitStatesTable
  rotation_policies: RotationPoliciesTable
  key_rotations: KeyRotationsTable
  rotation_attempts: RotationAttemptsTable
  key_habits: KeyHabitsTable
  key_use_hours: KeyUseHoursTable
  key_networks: KeyNetworksTable
  key_alerts: KeyAlertsTable
  use_reporters: UseReportersTable
  alert_deliveries: AlertDeliveriesTable
  root_keys: RootKeysTable
  leak_reports: LeakReportsTable
  leaks: LeaksTable
  leak_deliveries: LeakDeliveriesTable
}

interface ApiKeysTable {
  seq: Generated<number>
  id: string
  digest: string
  account_id: string
  kind: 'sk' | 'rk' | 'pk' | 'pat'
  environment: 'live' | 'test'
  name: string
  scopes: Json
  fingerprint: string
  /** Which of the account's two places a secret key holds. */
  slot: 1 | 2 | null
  is_primary: Flag
  created_by: string
  created_at: number
  not_before: number | null
  expires_at: number | null
  revoked_at: number | null
  revoked_reason: string | null
  roles: Generated<Json>
  networks: Generated<Json>
  limits: Generated<Json>
  credits: number | null
  credit_refill_amount: number | null
  credit_refill_seconds: number | null
  credit_max: number | null
  credits_refilled_at: number | null
  /** The person a personal access token stands for. */
  user_id: string | null
  consent_id: string | null
  /** Of a key that was born on the consent screen: the grant whose code bought it. */
  grant_id: string | null
  lifetime_ms: number | null
  replaced_by: string | null
  overlap_ms: number | null
  /** Of a successor: the key whose clock starts at its first use. */
  starts_overlap_of: string | null
  imported: Generated<Flag>
  /** Of publishable keys alone. */
  public_text: string | null
  last_used_at: number | null
  last_used_address: string | null
  last_used_user_agent: string | null
  expiry_noted_at: number | null
  external_id: string | null
  metadata: Json | null
  disabled_at: number | null
}

/** Calls that act once, by what their caller named them; the answer holds no secret. */
interface CallsTable {
  maker_id: string
  call_key: string
  request_digest: string
  answer: Json | null
  created_at: number
  until: number
}

export interface KeyHabitsTable {
  key_id: string
  first_used_at: number | null
  networks: number
  networks_beyond: number
  hour: number
  hour_uses: number
  usual_per_hour: number
  hours_seen: number
  minute: number
  minute_refusals: number
}

interface KeyUseHoursTable {
  key_id: string
  hour: number
  outcome: string
  count: number
}

interface KeyNetworksTable {
  key_id: string
  network: string
  first_seen_at: number
  last_seen_at: number
}

interface KeyAlertsTable {
  key_id: string
  kind: string
  hour: number
  alert_id: string
}

interface UseReportersTable {
  id: string
  sequence: number
  at: number
}

interface AlertDeliveriesTable {
  seq: Generated<number>
  id: string
  alert_id: string
  channel: 'webhook' | 'email' | 'owner'
  alert: Json
  created_at: number
  attempts: number
  next_at: number | null
  /** While it waits: when it was told to. */
  put_off_at: number | null
  state: 'waiting' | 'delivered' | 'given_up'
  ended_at: number | null
  note: string | null
}

/** On PostgreSQL the counts themselves; on SQLite what of them was written down. */
interface LimitStatesTable {
  key: string
  state: Json
}

export interface RotationPoliciesTable {
  id: string
  account_id: string
  environment: 'live' | 'test'
  key_id: string | null
  schedule: Json
  overlap_ms: number
  target: string
  path: string
  created_by: string
  created_at: number
}

export interface KeyRotationsTable {
  seq: Generated<number>
  id: string
  policy_id: string
  key_id: string
  line: string
  created_at: number
  due_at: number | null
  next_at: number
  /** Rises with each claim. */
  lease: Generated<number>
  lease_until: Generated<number>
  /** A key that was made and is not known to be delivered, and what it is computed from with the server's key. */
  successor_id: string | null
  seed: string | null
  /** Something may be leaving just now. */
  sending: Generated<Flag>
  may_have_arrived: Generated<Flag>
  failures: Generated<number>
  last_rotated_at: number | null
}

export interface RotationAttemptsTable {
  seq: Generated<number>
  rotation_id: string
  at: number
  outcome: RotationOutcome
  note: string
  key_id: string
  successor_id: string | null
}

interface RootKeysTable {
  id: string
  digest: string
  name: string
  scopes: Json
  fingerprint: string
  created_at: number
  revoked_at: number | null
}

interface LeakReportsTable {
  seq: Generated<number>
  digest: string
  kind: LeakableKind
  fingerprint: string
  channel: LeakChannel
  url: string | null
  source: string | null
  address: string | null
  reported_at: number
}

interface LeaksTable {
  digest: string
  kind: LeakableKind
  credential_id: string
  environment: 'live' | 'test'
  action: LeakAction
  reported_at: number
  due_at: number | null
  acted_at: number | null
}

interface LeakDeliveriesTable {
  id: string
  until: number
}
