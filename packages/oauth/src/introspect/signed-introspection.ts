/** Introspection as a JWT (RFC 9701), for an inquirer who must be able to show later what it was told. */
import type { OAuth } from '../oauth.ts'
import { signForClient } from '../tokens/sign-for-client.ts'
import type { Introspection } from './introspect.ts'
import type { Inquirer } from './who-may-know.ts'

/** §5: its own `typ`, and its own content type, so that it can stand in for nothing else. */
const TYPE = 'token-introspection+jwt'
export const SIGNED_INTROSPECTION = `application/${TYPE}`

/** Signed RS256 and not encrypted, unless the client registered otherwise (§6). No `sub` and no `exp` beside the answer, which is none itself (§5). @throws Refusal `client_keys_unusable`, `client_keys_unreachable`. */
export async function signIntrospection(oauth: OAuth, introspection: Introspection, inquirer: Inquirer, now: number): Promise<string> {
  const aud = inquirer.kind === 'client' ? inquirer.client.id : inquirer.id
  const claims = { iss: oauth.issuer, aud, iat: Math.floor(now / 1000), token_introspection: introspection }
  if (inquirer.kind === 'verifier') return oauth.keyRing.sign('RS256', TYPE, claims)
  const { introspectionSigningAlg: algorithm = 'RS256', introspectionEncryption: encryption } = inquirer.client.settings
  return signForClient(oauth, inquirer.client, { algorithm, encryption, type: TYPE }, claims, now)
}
