/** Looking up an opaque access token: one statement, compiled once. */
import type { AccessTokenRecord, ClientRights } from '@latchwork/authority'
import type { Environment, Lifeline, Principal } from '@latchwork/kernel'
import { type SqlBool, sql } from 'kysely'
import { clientIsAlive, flag, grantIsAlive } from '../alive.ts'
import { present, wordsOf } from '../columns.ts'
import type { Dialect } from '../engine.ts'
import type { Flag, Json } from '../tables.ts'
import { template } from '../template.ts'

export const rightsColumns = ['clients.scopes as clientScopes', 'clients.audiences as clientAudiences', 'clients.grant_types as clientGrantTypes'] as const

export interface RightsRow {
  readonly clientScopes: Json
  readonly clientAudiences: Json
  readonly clientGrantTypes: Json
}

export function rightsOf(row: RightsRow): ClientRights {
  return { scopes: wordsOf(row.clientScopes), audiences: wordsOf(row.clientAudiences), grantTypes: wordsOf(row.clientGrantTypes) }
}

interface AccessTokenRow extends RightsRow {
  readonly id: string
  readonly fingerprint: string
  readonly grantId: string | null
  readonly clientId: string
  readonly userId: string | null
  readonly subject: string | null
  readonly environment: Environment
  readonly scopes: Json
  readonly audience: Json
  readonly issuedAt: number
  readonly expiresAt: number
  readonly sessionId: string | null
  readonly consentId: string | null
  readonly authenticatedAt: number | null
  readonly details: Json | null
  readonly userAccountId: string | null
  readonly clientAccountId: string | null
  readonly alive: Flag
}

export function accessTokenByDigest(dialect: Dialect) {
  const alive = sql<SqlBool>`access_tokens.ended_at is null and ${clientIsAlive(dialect, 'access_tokens.client_id')}
    and (access_tokens.grant_id is null or ${grantIsAlive(dialect, 'access_tokens.grant_id')})`
  return template<AccessTokenRow, { digest: string }>((parameter) =>
    dialect.db
      .selectFrom('access_tokens')
      .innerJoin('clients', 'clients.id', 'access_tokens.client_id')
      .leftJoin('grants', 'grants.id', 'access_tokens.grant_id')
      .leftJoin('users', 'users.id', 'access_tokens.user_id')
      .select([
        'access_tokens.id as id',
        'access_tokens.fingerprint as fingerprint',
        'access_tokens.grant_id as grantId',
        'access_tokens.client_id as clientId',
        'access_tokens.user_id as userId',
        'access_tokens.subject as subject',
        'access_tokens.environment as environment',
        'access_tokens.scopes as scopes',
        'access_tokens.audience as audience',
        'access_tokens.issued_at as issuedAt',
        'access_tokens.expires_at as expiresAt',
        'grants.session_id as sessionId',
        'grants.consent_id as consentId',
        'grants.authenticated_at as authenticatedAt',
        'grants.details as details',
        'users.account_id as userAccountId',
        'clients.account_id as clientAccountId',
        ...rightsColumns,
        flag(alive).as('alive'),
      ])
      .where('access_tokens.digest', '=', parameter('digest'))
      .compile(),
  )
}

export function accessTokenRecord(row: AccessTokenRow): AccessTokenRecord {
  const principal: Omit<Principal, 'revocationFresh'> = {
    mechanism: 'oauth',
    subject: row.subject ?? row.userId ?? row.clientId,
    clientId: row.clientId,
    environment: row.environment,
    scopes: wordsOf(row.scopes),
    audience: wordsOf(row.audience),
    credentialId: row.id,
    fingerprint: row.fingerprint,
    expiresAt: row.expiresAt,
    ...present({
      // A pairwise client's person has no other name than the client's, for APIs too.
      userId: row.subject === null ? row.userId : null,
      accountId: accountOf(row),
      sessionId: row.sessionId,
      grantId: row.grantId,
    }),
  }
  return {
    principal,
    alive: row.alive === 1,
    livesBy: lifelinesOf(row),
    rights: rightsOf(row),
    issuedAt: row.issuedAt,
    ...present({ authenticatedAt: row.authenticatedAt, details: detailsOf(row.details) }),
  }
}

function accountOf({ userId, subject, clientAccountId, userAccountId }: AccessTokenRow): string | null {
  if (userId === null) return clientAccountId
  return subject === null ? userAccountId : null
}

function detailsOf(text: Json | null): AccessTokenRecord['details'] | null {
  return text === null ? null : (JSON.parse(text) as AccessTokenRecord['details'])
}

function lifelinesOf(row: AccessTokenRow): readonly Lifeline[] {
  const lifelines: Lifeline[] = [`token:${row.id}`, `client:${row.clientId}`, `client_rights:${row.clientId}`]
  const others = [
    ['grant', row.grantId],
    ['consent', row.consentId],
    ['session', row.sessionId],
    ['user', row.userId],
    ['account', row.userAccountId],
    ['account', row.clientAccountId],
  ] as const
  for (const [kind, id] of others) if (id !== null) lifelines.push(`${kind}:${id}`)
  return [...new Set(lifelines)]
}
