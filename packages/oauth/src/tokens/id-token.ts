/** ID tokens (OpenID Connect Core §2): who, when, how and for whom; claims about the person only where they were asked for one by one (§5.4, §5.5). */
import { hash } from 'node:crypto'
import type { Grant } from '@latchwork/authority'
import type { Secret } from '@latchwork/kernel'
import { stillNamed, tellClaims } from '../claims/person-claims.ts'
import type { OAuth } from '../oauth.ts'
import type { Client, TokenSigningAlgorithm } from '../store.ts'
import { sessionNameOf } from './session-name.ts'
import { signForClient } from './sign-for-client.ts'
import { subjectOf } from './subject.ts'

const ID_TOKEN_LIFETIME_SECONDS = 600

export interface IdTokenRequest {
  /** The access token it is issued with. */
  readonly accessToken: Secret
  /** Of the authorization request; none in a refresh (§12.2). */
  readonly nonce: string | undefined
  readonly now: number
}

export async function issueIdToken(oauth: OAuth, client: Client, grant: Grant, { accessToken, nonce, now }: IdTokenRequest): Promise<string> {
  const { idTokenSigningAlg: algorithm = 'RS256', idTokenEncryption: encryption } = client.settings // Registration §2: RS256 unless the client says otherwise
  const issuedAtSeconds = Math.floor(now / 1000)
  const { methods, acr, claims } = grant.details ?? {}
  const session = grant.begunIn ?? grant.sessionId
  const tokenClaims = {
    ...(await claimsAboutPerson(oauth, client, grant, claims?.idToken ?? [])),
    iss: oauth.issuer,
    sub: subjectOf(oauth, client, grant.userId),
    aud: client.id,
    exp: issuedAtSeconds + ID_TOKEN_LIFETIME_SECONDS,
    iat: issuedAtSeconds,
    auth_time: Math.floor(grant.authenticatedAt / 1000), // the grant's own moment, also after a refresh (§12.2)
    at_hash: leftHalfHash(algorithm, accessToken.reveal()),
    ...(nonce === undefined ? {} : { nonce }),
    ...(session === undefined ? {} : { sid: sessionNameOf(oauth, client.id, session) }), // Front-Channel Logout §3, Back-Channel Logout §2.1
    ...(acr === undefined ? {} : { acr }),
    ...(methods === undefined ? {} : { amr: methods }),
  }
  return signForClient(oauth, client, { algorithm, encryption, type: 'JWT' }, tokenClaims, now)
}

async function claimsAboutPerson(oauth: OAuth, client: Client, { userId }: Grant, asked: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  if (asked.length === 0) return {}
  const [person, consent] = await Promise.all([oauth.findPerson(userId), oauth.store.findConsent(userId, client.id)])
  return person === undefined ? {} : tellClaims(person, { scopes: [], named: stillNamed(asked, client, consent), profileIsWhole: false })
}

/** §3.1.3.6: the left half of the hash that belongs to the signature's algorithm; SHA-512 for Ed25519 (RFC 8032 §5.1). */
function leftHalfHash(algorithm: TokenSigningAlgorithm, text: string): string {
  const digest = hash(algorithm === 'Ed25519' ? 'sha512' : 'sha256', text, 'buffer')
  return digest.subarray(0, digest.length / 2).toString('base64url')
}
