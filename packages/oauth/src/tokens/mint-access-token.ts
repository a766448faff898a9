/**
 * Access tokens. Opaque ones (`lw_at_…`) are stored as digests; JWTs (RFC 9068) carry what they live by and are not stored. Both live by their grant, or by their client
 * when there is none.
 */
import type { Grant, NewAccessToken } from '@latchwork/authority'
import { mintTimedToken, newId, Secret, timedDigestOf } from '@latchwork/kernel'
import type { OAuth } from '../oauth.ts'
import type { Reach } from '../scopes.ts'
import type { Client } from '../store.ts'
import { type AccessTokenFacts, signAccessToken } from './sign-access-token.ts'
import { subjectOf } from './subject.ts'
import { type TokenForm, tokenFormOf } from './token-form.ts'

export interface MintedAccessToken {
  readonly secret: Secret
  readonly facts: AccessTokenFacts
  /** What is to be stored; absent where the token is self-contained. */
  readonly record?: NewAccessToken
}

export async function mintAccessToken(oauth: OAuth, client: Client, grant: Grant | undefined, bounds: Reach, now: number): Promise<MintedAccessToken> {
  const form = tokenFormOf(oauth, bounds.audience)
  const facts = factsOf(oauth, client, grant, bounds, form, now)
  if (form.format === 'jwt') {
    const user = grant === undefined ? undefined : await oauth.findUser(grant.userId)
    return { secret: new Secret(await signAccessToken(oauth, client, grant, facts, form.algorithm, user?.accountId)), facts }
  }
  const secret = mintTimedToken('access_token', now)
  const known = { ...facts, fingerprint: secret.fingerprint }
  return { secret, facts: known, record: { ...known, digest: timedDigestOf(secret.reveal()) } }
}

function factsOf(oauth: OAuth, client: Client, grant: Grant | undefined, bounds: Reach, form: TokenForm, now: number): AccessTokenFacts {
  const subject = grant === undefined ? undefined : subjectOf(oauth, client, grant.userId)
  return {
    id: newId('token', now),
    fingerprint: '',
    clientId: client.id,
    environment: client.environment,
    scopes: bounds.scopes,
    audience: bounds.audience,
    issuedAt: now,
    expiresAt: now + form.lifetimeMs,
    ...(grant === undefined ? {} : { grantId: grant.id, userId: grant.userId }),
    ...(subject === undefined || subject === grant?.userId ? {} : { subject }),
  }
}
