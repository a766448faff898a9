/** Introspection (RFC 7662): is this token alive, and what does it carry? Only those a token is for may know. */
import { type AccessTokenRecord, aboutOf } from '@latchwork/authority'
import { digestOf, judgeCredential, parseCredential } from '@latchwork/kernel'
import type { OAuth } from '../oauth.ts'
import type { Client } from '../store.ts'
import { signForClient } from '../tokens/sign-for-client.ts'
import { subjectOf } from '../tokens/subject.ts'

/** Who asks: a client about its own tokens, or a verifier that holds a root key for it. */
export type Inquirer = { readonly kind: 'client'; readonly client: Client } | { readonly kind: 'verifier' }

/** On the wire (RFC 7662 §2.2). */
export type Introspection = { readonly active: false } | ({ readonly active: true } & Readonly<Record<string, unknown>>)

/** `typ` of the JWT, and its media type (RFC 9701 §5). */
const INTROSPECTION_TYPE = 'token-introspection+jwt'

const INACTIVE: Introspection = { active: false }

/** Unknown, foreign, ended and expired tokens answer alike: `active: false` and nothing else (RFC 7662 §2.2). */
export async function introspect(oauth: OAuth, text: string, inquirer: Inquirer, now: number): Promise<Introspection> {
  const parsed = parseCredential(text)
  if (parsed?.type === 'access_token') return introspectAccessToken(oauth, text, inquirer, now)
  if (parsed?.type === 'refresh_token') return introspectRefreshToken(oauth, text, inquirer, now)
  return INACTIVE
}

async function introspectAccessToken(oauth: OAuth, text: string, inquirer: Inquirer, now: number): Promise<Introspection> {
  const record = await oauth.authority.store.findAccessToken(digestOf(text))
  if (record === undefined || !mayKnow(inquirer, record.principal.clientId) || judgeCredential(record, { now }) !== 'alive') return INACTIVE
  return describe(oauth, record, inquirer)
}

function describe(oauth: OAuth, { principal, issuedAt }: AccessTokenRecord, inquirer: Inquirer): Introspection {
  const [onlyAudience, ...more] = principal.audience
  return {
    active: true,
    token_type: 'Bearer',
    iss: oauth.issuer,
    sub: principal.userId === undefined ? principal.subject : subjectFor(oauth, inquirer, principal.userId),
    aud: more.length === 0 ? onlyAudience : principal.audience,
    client_id: principal.clientId,
    scope: principal.scopes.join(' '),
    iat: Math.floor(issuedAt / 1000),
    exp: Math.floor((principal.expiresAt ?? 0) / 1000),
    jti: principal.credentialId,
  }
}

async function introspectRefreshToken(oauth: OAuth, text: string, inquirer: Inquirer, now: number): Promise<Introspection> {
  const found = await oauth.authority.store.findRefreshToken(digestOf(text))
  if (found === undefined || found.grant.kind !== 'oauth' || inquirer.kind !== 'client' || !mayKnow(inquirer, found.grant.clientId)) return INACTIVE
  if (!found.alive || found.consumedAt !== undefined || now >= found.expiresAt) return INACTIVE
  const { grant } = found
  return {
    active: true,
    iss: oauth.issuer,
    sub: subjectFor(oauth, inquirer, grant.userId),
    client_id: aboutOf(grant).clientId,
    scope: grant.scopes.join(' '),
    iat: Math.floor(found.issuedAt / 1000),
    exp: Math.floor(found.expiresAt / 1000),
  }
}

function mayKnow(inquirer: Inquirer, clientId: string | undefined): boolean {
  return inquirer.kind === 'verifier' || inquirer.client.id === clientId
}

/** Who the person is to who asks: what a pairwise client may not learn from its ID token, it does not learn here (OpenID Connect Core §8). */
function subjectFor(oauth: OAuth, inquirer: Inquirer, userId: string): string {
  return inquirer.kind === 'client' ? subjectOf(oauth, inquirer.client, userId) : userId
}

/**
 * The answer as a JWT (RFC 9701 §5): signed as the client registered, RS256 unless it said otherwise, and encrypted where it wishes.
 * @throws Refusal `client_keys_unusable`.
 */
export function signIntrospection(oauth: OAuth, client: Client, introspection: Introspection, now: number): Promise<string> {
  const { introspectionSigningAlg: algorithm = 'RS256', introspectionEncryption: encryption } = client.settings
  const claims = { iss: oauth.issuer, aud: client.id, iat: Math.floor(now / 1000), token_introspection: introspection }
  return signForClient(oauth, client, { algorithm, encryption, type: INTROSPECTION_TYPE }, claims, now)
}
