/** Writing tokens, for whichever act buys them. */
import type { NewAccessToken, NewRefreshToken } from '@latchwork/authority'
import type { Act } from '../act.ts'
import { jsonOf } from '../columns.ts'
import type { Dialect } from '../engine.ts'

export function* insertAccessToken({ db }: Dialect, token: NewAccessToken): Act<void> {
  yield db
    .insertInto('access_tokens')
    .values({
      id: token.id,
      digest: token.digest,
      fingerprint: token.fingerprint,
      grant_id: token.grantId ?? null,
      client_id: token.clientId,
      user_id: token.userId ?? null,
      environment: token.environment,
      scopes: jsonOf(token.scopes),
      audience: jsonOf(token.audience),
      issued_at: token.issuedAt,
      expires_at: token.expiresAt,
    })
    .compile()
}

export function* insertRefreshToken({ db }: Dialect, token: NewRefreshToken): Act<void> {
  yield db
    .insertInto('refresh_tokens')
    .values({ digest: token.digest, grant_id: token.grantId, generation: token.generation, issued_at: token.issuedAt, expires_at: token.expiresAt })
    .compile()
}
