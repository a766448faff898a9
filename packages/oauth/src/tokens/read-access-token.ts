/** JWT access tokens of ours that come back to be introspected or revoked. Who calls an API with one is told by `@latchwork/verify`. */
import type { SelfContainedToken } from '@latchwork/authority'
import type { Environment } from '@latchwork/kernel'
import type { OAuth } from '../oauth.ts'
import { ACCESS_TOKEN_TYPE } from './sign-access-token.ts'

export interface OwnAccessToken extends SelfContainedToken {
  readonly claims: Readonly<Record<string, unknown>>
  readonly audience: readonly string[]
  readonly scopes: readonly string[]
  readonly environment: Environment
  /** Of the person, as the client knows them, or of the client itself. */
  readonly subject: string
}

/** `undefined` for what this server has not signed as an access token. Says nothing of time, or of whether it has ended. */
export function readAccessToken(oauth: Pick<OAuth, 'readOwnToken'>, text: string): OwnAccessToken | undefined {
  const token = oauth.readOwnToken(text)
  if (token?.type !== ACCESS_TOKEN_TYPE) return undefined
  const { jti, sub, client_id: clientId, grant_id: grantId, exp, aud, scope, environment } = token.claims
  const audience: readonly unknown[] = Array.isArray(aud) ? aud : [aud]
  if (![jti, sub, clientId, ...audience].every((claim) => typeof claim === 'string') || typeof exp !== 'number' || typeof scope !== 'string') return undefined
  return {
    id: jti as string,
    subject: sub as string,
    clientId: clientId as string,
    expiresAt: exp * 1000,
    audience: audience as readonly string[],
    scopes: scope === '' ? [] : scope.split(' '),
    environment: environment === 'test' ? 'test' : 'live',
    claims: token.claims,
    ...(typeof grantId === 'string' ? { grantId } : {}),
  }
}
