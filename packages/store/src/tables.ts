/** The tables as the code sees them, alike on both engines: text, numbers (epoch milliseconds), 0 or 1, JSON as text. The migrations make them. */
import type { LeakAction, LeakableKind, LeakChannel, RotationOutcome } from '@latchwork/api-keys'
import type { EventType } from '@latchwork/kernel'
import type { SigningAlgorithm, SigningKeyState } from '@latchwork/signing'
import type { Generated } from 'kysely'

export interface Tables {
  accounts: AccountsTable
  users: UsersTable
  members: MembersTable
  password_credentials: PasswordCredentialsTable
  login_sessions: LoginSessionsTable
  one_time_links: OneTimeLinksTable
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
  clients: ClientsTable
  client_secrets: ClientSecretsTable
  initial_tokens: InitialTokensTable
  assertions: AssertionsTable
  consents: ConsentsTable
  grants: GrantsTable
  refresh_tokens: RefreshTokensTable
  access_tokens: AccessTokensTable
  ended_tokens: EndedTokensTable
  fixed_values: FixedValuesTable
  codes: CodesTable
  device_codes: DeviceCodesTable
  logout_deliveries: LogoutDeliveriesTable
  signing_keys: SigningKeysTable
  events: EventsTable
  revocations: RevocationsTable
  feed_floor: FeedFloorTable
  leak_reports: LeakReportsTable
  leaks: LeaksTable
  leak_deliveries: LeakDeliveriesTable
  migrations: MigrationsTable
}

export type Flag = 0 | 1
/** A JSON text. */
export type Json = string

interface AccountsTable {
  id: string
  name: string
  created_at: number
  disabled_at: number | null
}

interface UsersTable {
  id: string
  email: string
  email_verified: Flag
  name: string
  is_operator: Flag
  account_id: string
  created_at: number
  disabled_at: number | null
  profile: Json | null
  updated_at: number | null
}

interface MembersTable {
  account_id: string
  user_id: string
  role: 'owner' | 'member'
  created_at: number
}

interface PasswordCredentialsTable {
  user_id: string
  password_hash: string
  changed_at: number
}

interface LoginSessionsTable {
  id: string
  digest: string
  user_id: string
  created_at: number
  authenticated_at: number
  expires_at: number
  methods: Json
  address: string | null
  user_agent: string | null
  ended_at: number | null
  ended_reason: string | null
  /** Of a renewed session: the digest of the secret before. It opens nothing. */
  former_digest: string | null
  /** Of the form that began it, and its person. */
  form_digest: string | null
}

interface OneTimeLinksTable {
  digest: string
  purpose: 'first_operator'
  created_at: number
  expires_at: number
  consumed_at: number | null
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

interface ClientsTable {
  seq: Generated<number>
  id: string
  name: string
  profile: string
  application_type: string
  authentication_method: string
  environment: 'live' | 'test'
  redirect_uris: Json
  grant_types: Json
  scopes: Json
  audiences: Json
  homepage: string | null
  account_id: string | null
  created_at: number
  disabled_at: number | null
  /** What of `ClientSettings` is set, by its names. */
  settings: Json
  owner_id: string | null
  registration_digest: string | null
  used_at: number | null
}

interface ClientSecretsTable {
  client_id: string
  digest: string
  created_at: number
  expires_at: number | null
}

interface InitialTokensTable {
  seq: Generated<number>
  id: string
  digest: string
  name: string
  fingerprint: string
  uses_left: number | null
  vouches: Flag | null
  created_at: number
  expires_at: number
  revoked_at: number | null
}

/** What clients have signed and used; a row may go when its time has passed. */
interface AssertionsTable {
  issuer: string
  jti: string
  until: number
}

interface ConsentsTable {
  id: string
  user_id: string
  client_id: string
  scopes: Json
  audience: Json
  given_at: number
  ended_at: number | null
  profile_is_whole: Flag | null
}

export interface GrantsTable {
  id: string
  kind: 'session' | 'oauth'
  user_id: string
  client_id: string | null
  consent_id: string | null
  session_id: string | null
  scopes: Json
  audience: Json
  authenticated_at: number
  created_at: number
  ended_at: number | null
  ended_reason: string | null
  begun_in: string | null
  details: Json | null
  /** When tokens were last issued under it; written late, in batches. */
  last_used_at: number | null
}

export interface RefreshTokensTable {
  digest: string
  grant_id: string
  generation: number
  issued_at: number
  expires_at: number
  consumed_at: number | null
}

export interface AccessTokensTable {
  digest: string
  id: string
  fingerprint: string
  grant_id: string | null
  client_id: string
  user_id: string | null
  subject: string | null
  environment: 'live' | 'test'
  scopes: Json
  audience: Json
  issued_at: number
  expires_at: number
  ended_at: number | null
}

interface FixedValuesTable {
  name: string
  value: string
}

interface EndedTokensTable {
  id: string
  ended_at: number
  forget_at: number
}

export interface CodesTable {
  digest: string
  client_id: string
  grant_id: string
  redirect_uri: string
  /** Empty where none was sent. */
  challenge: string
  nonce: string | null
  issued_at: number
  expires_at: number
  consumed_at: number | null
}

interface DeviceCodesTable {
  digest: string
  user_code: string
  client_id: string
  scopes: Json
  left_out: Json | null
  audience: Json
  issued_at: number
  expires_at: number
  interval_ms: number
  polled_at: number | null
  address: string | null
  opened_by: string | null
  decision: 'allowed' | 'denied' | null
  decided_at: number | null
  grant_id: string | null
  consumed_at: number | null
}

interface LogoutDeliveriesTable {
  id: string
  client_id: string
  user_id: string
  session_id: string
  created_at: number
  attempts: Generated<number>
  next_at: number
  put_off_at: number | null
}

interface SigningKeysTable {
  kid: string
  algorithm: SigningAlgorithm
  public_jwk: Json
  /** Empty once the private half was erased. */
  sealed_private_key: string
  created_at: number
  state: SigningKeyState
  activates_at: number
  retired_at: number | null
  published_until: number | null
  withdrawn_at: number | null
}

export interface EventsTable {
  seq: Generated<number>
  id: string
  type: EventType
  at: number
  actor_kind: string
  actor_id: string | null
  account_id: string | null
  user_id: string | null
  client_id: string | null
  session_id: string | null
  grant_id: string | null
  credential_id: string | null
  fingerprint: string | null
  address: string | null
  user_agent: string | null
  reason: string | null
  data: Json | null
}

interface RevocationsTable {
  feed_id: Generated<number>
  lifeline: string
  at: number
  until: number
}

interface FeedFloorTable {
  place: number
  removed_up_to: number
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

interface MigrationsTable {
  number: number
  name: string
  applied_at: number
}
