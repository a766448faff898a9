/** Clients, consents, grants and what was issued under them. */
import type { Generated } from 'kysely'
import type { Flag, Json } from './cells.ts'

export interface OAuthTables {
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
