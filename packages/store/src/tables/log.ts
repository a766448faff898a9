/** Signing keys, the event log, the feed of revocations, what the configuration defined, and the migrations that were applied. */
import type { EventType } from '@latchwork/kernel'
import type { SigningAlgorithm, SigningKeyState } from '@latchwork/signing'
import type { Generated } from 'kysely'
import type { Json } from './cells.ts'

export interface LogTables {
  signing_keys: SigningKeysTable
  events: EventsTable
  event_seals: EventSealsTable
  event_floor: EventFloorTable
  event_breaks: EventBreaksTable
  revocations: RevocationsTable
  feed_floor: FeedFloorTable
  configured: ConfiguredTable
  migrations: MigrationsTable
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

interface EventSealsTable {
  number: number
  first_seq: number
  last_seq: number
  count: number
  oldest_at: number
  newest_at: number
  sealed_at: number
  digest: string
  value: string
  key_id: string
  mac: string
}

interface EventFloorTable {
  place: number
  number: number
  last_seq: number
  value: string
  /** How many events were removed since ever. */
  removed: number
  key_id: string
  proof: string
  /** How many of them the log itself has told of, and when it last did. */
  told: number
  told_at: number
}

/** Breaks of the chain of seals that somebody accepted. */
interface EventBreaksTable {
  number: number
  first: number
  reason: string
  stands: string
  found: string
  accepted_at: number
  accepted_by: string
  why: string
  key_id: string
  mac: string
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

interface MigrationsTable {
  number: number
  name: string
  applied_at: number
}

/** One row, of which only `authority` knows what it says. */
interface ConfiguredTable {
  place: number
  value: string
}
