/** Grants as rows, alone or beside the token or code that was found. */
import type { Grant } from '@latchwork/authority'
import { jsonOf, present, wordsOf } from '../columns.ts'
import type { GrantsTable, Json } from '../tables.ts'
import { onceForEach, template } from '../template.ts'

export const grantColumns = [
  'grants.id as grantId',
  'grants.kind as grantKind',
  'grants.user_id as grantUserId',
  'grants.client_id as grantClientId',
  'grants.consent_id as grantConsentId',
  'grants.session_id as grantSessionId',
  'grants.scopes as grantScopes',
  'grants.audience as grantAudience',
  'grants.authenticated_at as grantAuthenticatedAt',
  'grants.created_at as grantCreatedAt',
  'grants.begun_in as grantBegunIn',
  'grants.details as grantDetails',
] as const

export interface GrantRow {
  readonly grantId: string
  readonly grantKind: Grant['kind']
  readonly grantUserId: string
  readonly grantClientId: string | null
  readonly grantConsentId: string | null
  readonly grantSessionId: string | null
  readonly grantScopes: Json
  readonly grantAudience: Json
  readonly grantAuthenticatedAt: number
  readonly grantCreatedAt: number
  readonly grantBegunIn: string | null
  readonly grantDetails: Json | null
}

export function grantOf(row: GrantRow): Grant {
  return {
    id: row.grantId,
    kind: row.grantKind,
    userId: row.grantUserId,
    scopes: wordsOf(row.grantScopes),
    audience: wordsOf(row.grantAudience),
    authenticatedAt: row.grantAuthenticatedAt,
    createdAt: row.grantCreatedAt,
    ...present({
      clientId: row.grantClientId,
      consentId: row.grantConsentId,
      sessionId: row.grantSessionId,
      begunIn: row.grantBegunIn,
      details: row.grantDetails === null ? null : (JSON.parse(row.grantDetails) as Grant['details']),
    }),
  }
}

type GrantValues = Readonly<Omit<GrantsTable, 'ended_at' | 'ended_reason' | 'last_used_at'>>

export function grantValues(grant: Grant): GrantValues {
  return {
    id: grant.id,
    kind: grant.kind,
    user_id: grant.userId,
    client_id: grant.clientId ?? null,
    consent_id: grant.consentId ?? null,
    session_id: grant.sessionId ?? null,
    scopes: jsonOf(grant.scopes),
    audience: jsonOf(grant.audience),
    authenticated_at: grant.authenticatedAt,
    created_at: grant.createdAt,
    begun_in: grant.begunIn ?? null,
    details: grant.details === undefined ? null : jsonOf(grant.details),
  }
}

export const grantInsert = onceForEach(({ db }) =>
  template<unknown, GrantValues>((parameter) =>
    db
      .insertInto('grants')
      .values({
        id: parameter('id'),
        kind: parameter('kind'),
        user_id: parameter('user_id'),
        client_id: parameter('client_id'),
        consent_id: parameter('consent_id'),
        session_id: parameter('session_id'),
        scopes: parameter('scopes'),
        audience: parameter('audience'),
        authenticated_at: parameter('authenticated_at'),
        created_at: parameter('created_at'),
        begun_in: parameter('begun_in'),
        details: parameter('details'),
      })
      .compile(),
  ),
)
