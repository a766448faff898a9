/** Writing tokens, for whichever act buys them. */
import type { NewAccessToken, NewRefreshToken } from '@latchwork/authority'
import { type Act, rowOf } from '../act.ts'
import { jsonOf, wordsOf } from '../columns.ts'
import type { Dialect } from '../engine.ts'
import type { AccessTokensTable, Json, RefreshTokensTable } from '../tables.ts'
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

const scopesOfGrant = onceForEach(({ name, db }) =>
  template<{ readonly scopes: Json }, { id: string }>((parameter) => {
    const grant = db.selectFrom('grants').select('scopes').where('id', '=', parameter('id'))
    // Whoever takes scopes off the grant has done so, or waits and finds the token.
    return (name === 'postgres' ? grant.forShare() : grant).compile()
  }),
)

/** What was taken off the grant since it was read is not written (O7). */
function* scopesLeft(dialect: Dialect, { grantId, scopes }: NewAccessToken): Act<readonly string[]> {
  if (grantId === undefined) return scopes
  const grant = yield* rowOf(scopesOfGrant(dialect)({ id: grantId }))
  const left = grant === undefined ? [] : wordsOf(grant.scopes)
  return scopes.filter((scope) => left.includes(scope))
}

export function* insertAccessToken(dialect: Dialect, token: NewAccessToken): Act<void> {
  const scopes = yield* scopesLeft(dialect, token)
  yield accessTokenInsert(dialect)({
    id: token.id,
    digest: token.digest,
    fingerprint: token.fingerprint,
    grant_id: token.grantId ?? null,
    client_id: token.clientId,
    user_id: token.userId ?? null,
    subject: token.subject ?? null,
    environment: token.environment,
    scopes: jsonOf(scopes),
    audience: jsonOf(token.audience),
    issued_at: token.issuedAt,
    expires_at: token.expiresAt,
  })
}

export function* insertRefreshToken(dialect: Dialect, token: NewRefreshToken): Act<void> {
  const { digest, generation } = token
  yield refreshTokenInsert(dialect)({ digest, generation, grant_id: token.grantId, issued_at: token.issuedAt, expires_at: token.expiresAt })
}
