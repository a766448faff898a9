/** The tables as the code sees them, alike on both engines: text, numbers (epoch milliseconds), 0 or 1, JSON as text. The migrations make them. */
import type { KeyTables } from './tables/keys.ts'
import type { LogTables } from './tables/log.ts'
import type { OAuthTables } from './tables/oauth.ts'
import type { PeopleTables } from './tables/people.ts'

export type { Flag, Json } from './tables/cells.ts'
export type { KeyHabitsTable, KeyRotationsTable, RotationAttemptsTable, RotationPoliciesTable } from './tables/keys.ts'
export type { EventsTable } from './tables/log.ts'
export type { AccessTokensTable, CodesTable, GrantsTable, RefreshTokensTable } from './tables/oauth.ts'

export interface Tables extends PeopleTables, KeyTables, OAuthTables, LogTables {}
