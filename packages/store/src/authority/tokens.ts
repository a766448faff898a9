/** Writing tokens, for whichever act buys them. */
import type { NewAccessToken, NewRefreshToken } from '@latchwork/authority'
import type { Act } from '../act.ts'
import { jsonOf } from '../columns.ts'
import type { Dialect } from '../engine.ts'
import type { AccessTokensTable, RefreshTokensTable } from '../tables.ts'
import { onceForEach, template } from '../template.ts'

type AccessTokenValues = Readonly<Omit<AccessTokensTable, 'ended_at'>>
type RefreshTokenValues = Readonly<Omit<RefreshTokensTable, 'consumed_at'>>

const accessTokenInsert = onceForEach(({ db }) =>
  template<unknown, AccessTokenValues>((parameter) =>
    db
      .insertInto('access_tokens')
      .values({
        id: parameter('id'),
        digest: parameter('digest'),
        fingerprint: parameter('fingerprint'),
        grant_id: parameter('grant_id'),
        client_id: parameter('client_id'),
        user_id: parameter('user_id'),
        subject: parameter('subject'),
        environment: parameter('environment'),
        scopes: parameter('scopes'),
        audience: parameter('audience'),
        issued_at: parameter('issued_at'),
        expires_at: parameter('expires_at'),
      })
      .compile(),
  ),
)

const refreshTokenInsert = onceForEach(({ db }) =>
  template<unknown, RefreshTokenValues>((parameter) =>
    db
      .insertInto('refresh_tokens')
      .values({
        digest: parameter('digest'),
        grant_id: parameter('grant_id'),
        generation: parameter('generation'),
        issued_at: parameter('issued_at'),
        expires_at: parameter('expires_at'),
      })
      .compile(),
  ),
)

export function* insertAccessToken(dialect: Dialect, token: NewAccessToken): Act<void> {
  yield accessTokenInsert(dialect)({
    id: token.id,
    digest: token.digest,
    fingerprint: token.fingerprint,
    grant_id: token.grantId ?? null,
    client_id: token.clientId,
    user_id: token.userId ?? null,
    subject: token.subject ?? null,
    environment: token.environment,
    scopes: jsonOf(token.scopes),
    audience: jsonOf(token.audience),
    issued_at: token.issuedAt,
    expires_at: token.expiresAt,
  })
}

export function* insertRefreshToken(dialect: Dialect, token: NewRefreshToken): Act<void> {
  const { digest, generation } = token
  yield refreshTokenInsert(dialect)({ digest, generation, grant_id: token.grantId, issued_at: token.issuedAt, expires_at: token.expiresAt })
}
