/** UserInfo (OpenID Connect Core §5.3): what the granted scopes let a client know of the person. */
import { type Principal, refuse } from '@latchwork/kernel'
import type { OAuth } from '../oauth.ts'

/** On the wire (Core §5.1). */
export interface UserInfo {
  readonly sub: string
  readonly name?: string
  readonly email?: string
  readonly email_verified?: boolean
}

/** @param principal of a verified access token that carries `openid`. @throws Refusal `credential_invalid` when no person is behind it. */
export async function userInfo(oauth: OAuth, principal: Principal): Promise<UserInfo> {
  const person = principal.userId === undefined ? undefined : await oauth.findPerson(principal.userId)
  if (person === undefined) return refuse('credential_invalid', { reason: 'no person behind the token' })
  return {
    sub: person.id,
    ...(principal.scopes.includes('profile') ? { name: person.name } : {}),
    ...(principal.scopes.includes('email') ? { email: person.email, email_verified: person.emailVerified } : {}),
  }
}
