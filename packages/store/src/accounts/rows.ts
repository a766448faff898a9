/** People and login sessions as rows. */
import type { LoginSession, User } from '@latchwork/accounts'
import { jsonOf, present, wordsOf } from '../columns.ts'
import type { Flag, Json } from '../tables.ts'

export const userColumns = [
  'users.id as id',
  'users.email as email',
  'users.email_verified as emailVerified',
  'users.name as name',
  'users.is_operator as isOperator',
  'users.account_id as accountId',
  'users.created_at as createdAt',
] as const

export interface UserRow {
  readonly id: string
  readonly email: string
  readonly emailVerified: Flag
  readonly name: string
  readonly isOperator: Flag
  readonly accountId: string
  readonly createdAt: number
}

export function userOf({ id, email, emailVerified, name, isOperator, accountId, createdAt }: UserRow): User {
  return { id, email, emailVerified: emailVerified === 1, name, isOperator: isOperator === 1, accountId, createdAt }
}

export const loginSessionColumns = [
  'login_sessions.id as sessionId',
  'login_sessions.digest as digest',
  'login_sessions.user_id as userId',
  'login_sessions.created_at as sessionCreatedAt',
  'login_sessions.authenticated_at as authenticatedAt',
  'login_sessions.expires_at as expiresAt',
  'login_sessions.methods as methods',
  'login_sessions.address as address',
  'login_sessions.user_agent as userAgent',
] as const

export interface LoginSessionRow {
  readonly sessionId: string
  readonly digest: string
  readonly userId: string
  readonly sessionCreatedAt: number
  readonly authenticatedAt: number
  readonly expiresAt: number
  readonly methods: Json
  readonly address: string | null
  readonly userAgent: string | null
}

export function loginSessionOf(row: LoginSessionRow): LoginSession {
  const { sessionId: id, digest, userId, sessionCreatedAt: createdAt, authenticatedAt, expiresAt, methods, address, userAgent } = row
  return { id, digest, userId, createdAt, authenticatedAt, expiresAt, methods: wordsOf(methods), ...present({ address, userAgent }) }
}

export function loginSessionValues(session: LoginSession) {
  return {
    id: session.id,
    digest: session.digest,
    user_id: session.userId,
    created_at: session.createdAt,
    authenticated_at: session.authenticatedAt,
    expires_at: session.expiresAt,
    methods: jsonOf(session.methods),
    address: session.address ?? null,
    user_agent: session.userAgent ?? null,
  }
}
