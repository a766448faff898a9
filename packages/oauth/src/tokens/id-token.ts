/**
 * ID tokens (OpenID Connect Core §2): who, when, how and for whom; claims about the person where they were asked for one by one (§5.5), and those of the granted scopes where
 * the client is set to read them here, which §5.4 leaves to UserInfo.
 */
import { hash } from 'node:crypto'
import type { Grant } from '@latchwork/authority'
import type { Secret } from '@latchwork/kernel'
import { stillNamed, tellClaims, tellsOfPerson } from '../claims/person-claims.ts'
import type { OAuth } from '../oauth.ts'
import type { Client, TokenSigningAlgorithm } from '../store.ts'
import { sessionNameOf } from './session-name.ts'
import { signForClient } from './sign-for-client.ts'
import { subjectOf } from './subject.ts'

const ID_TOKEN_LIFETIME_SECONDS = 600

type Claims = Readonly<Record<string, unknown>>

export interface IdTokenRequest {
  /** The access token it is issued with. */
  readonly accessToken: Secret
  /** Those that are granted now: never more than the person allowed, nor than a refresh asks for. */
  readonly scopes: readonly string[]
  /** Of the authorization request; none in a refresh (§12.2). */
  readonly nonce: string | undefined
  readonly now: number
}

export async function issueIdToken(oauth: OAuth, client: Client, grant: Grant, request: IdTokenRequest): Promise<string> {
  const { accessToken, nonce, now } = request
  const { idTokenSigningAlg: algorithm = 'RS256', idTokenEncryption: encryption } = client.settings // Registration §2: RS256 unless the client says otherwise
  const issuedAtSeconds = Math.floor(now / 1000)
  const { methods, acr } = grant.details ?? {}
  const session = grant.begunIn ?? grant.sessionId
  const tokenClaims = {
    ...(await claimsAboutPerson(oauth, client, grant, request.scopes)),
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

/** A person is read only where something is to be told of them. */
async function claimsAboutPerson(oauth: OAuth, client: Client, { userId, details }: Grant, granted: readonly string[]): Promise<Claims> {
  const asked = details?.claims?.idToken ?? []
  const scopes = client.settings.idTokenScopeClaims === true ? granted.filter(tellsOfPerson) : []
  if (asked.length + scopes.length === 0) return {}
  const [person, consent] = await Promise.all([oauth.findPerson(userId), oauth.store.findConsent(userId, client.id)])
  if (person === undefined) return {}
  return tellClaims(person, { scopes, named: stillNamed(asked, client, consent), profileIsWhole: consent?.profileIsWhole === true })
}

/** §3.1.3.6: the left half of the hash that belongs to the signature's algorithm; SHA-512 for Ed25519 (RFC 8032 §5.1). */
function leftHalfHash(algorithm: TokenSigningAlgorithm, text: string): string {
  const digest = hash(algorithm === 'Ed25519' ? 'sha512' : 'sha256', text, 'buffer')
  return digest.subarray(0, digest.length / 2).toString('base64url')
}
