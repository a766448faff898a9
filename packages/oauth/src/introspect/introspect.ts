/** Introspection (RFC 7662): is this token alive, and what does it carry? Only those a token is for may know. */
import { type AccessTokenRecord, aboutOf } from '@latchwork/authority'
import { judgeCredential, parseCredential, timedDigestOf } from '@latchwork/kernel'
import type { OAuth } from '../oauth.ts'
import { reachLeft } from '../scopes.ts'
import { findAccessToken } from '../tokens/find-access-token.ts'
import { readAccessToken } from '../tokens/read-access-token.ts'
import { subjectOf } from '../tokens/subject.ts'
import { type Inquirer, type View, viewOf } from './who-may-know.ts'

/** On the wire (RFC 7662 §2.2). */
export type Introspection = { readonly active: false } | ({ readonly active: true } & Readonly<Record<string, unknown>>)

const INACTIVE: Introspection = { active: false }

/** Unknown, foreign, ended and expired tokens answer alike: `active: false` and nothing else (RFC 7662 §2.2). */
export async function introspect(oauth: OAuth, text: string, inquirer: Inquirer, now: number): Promise<Introspection> {
  const parsed = parseCredential(text)
  if (parsed?.type === 'access_token') return introspectOpaque(oauth, text, inquirer, now)
  if (parsed?.type === 'refresh_token') return introspectRefreshToken(oauth, text, inquirer, now)
  return parsed === undefined ? introspectJwt(oauth, text, inquirer, now) : INACTIVE
}

async function introspectOpaque(oauth: OAuth, text: string, inquirer: Inquirer, now: number): Promise<Introspection> {
  const record = await findAccessToken(oauth, timedDigestOf(text))
  if (record === undefined || judgeCredential(record, { now }) !== 'alive') return INACTIVE
  const view = viewOf(oauth, inquirer, record.principal)
  return view === undefined ? INACTIVE : describe(oauth, record, view)
}

function describe(oauth: OAuth, { principal, issuedAt, authenticatedAt, details }: AccessTokenRecord, { audience, scopes }: View): Introspection {
  return {
    active: true,
    token_type: 'Bearer',
    iss: oauth.issuer,
    sub: principal.subject,
    aud: audience.length === 1 ? audience[0] : audience,
    client_id: principal.clientId,
    scope: scopes.join(' '),
    iat: Math.floor(issuedAt / 1000),
    exp: Math.floor((principal.expiresAt ?? 0) / 1000),
    jti: principal.credentialId,
    environment: principal.environment,
    ...(authenticatedAt === undefined ? {} : { auth_time: Math.floor(authenticatedAt / 1000) }), // RFC 9470 §6.2
    ...(details?.acr === undefined ? {} : { acr: details.acr }),
  }
}

/** A self-contained token says what it carries itself; whether it is still alive is asked here as for any other. It cannot be narrowed: where anything of it was taken it is over. */
async function introspectJwt(oauth: OAuth, text: string, inquirer: Inquirer, now: number): Promise<Introspection> {
  const token = readAccessToken(oauth, text)
  if (token === undefined || now >= token.expiresAt) return INACTIVE
  const view = viewOf(oauth, inquirer, token)
  const rights = view && (await oauth.authority.store.findRightsBehind(token))
  if (view === undefined || rights === undefined || reachLeft(oauth, rights, token) !== token) return INACTIVE
  const { sub, client_id, iat, exp, jti, auth_time, acr } = token.claims
  const { environment } = token
  const { audience, scopes } = view
  return {
    active: true,
    token_type: 'Bearer',
    iss: oauth.issuer,
    sub,
    aud: audience.length === 1 ? audience[0] : audience,
    client_id,
    scope: scopes.join(' '),
    iat,
    exp,
    jti,
    environment,
    ...(auth_time === undefined ? {} : { auth_time }),
    ...(acr === undefined ? {} : { acr }),
  }
}

/** Its client alone has any business with a refresh token. */
async function introspectRefreshToken(oauth: OAuth, text: string, inquirer: Inquirer, now: number): Promise<Introspection> {
  const found = await oauth.authority.store.findRefreshToken(timedDigestOf(text))
  if (found === undefined || found.grant.kind !== 'oauth' || inquirer.kind !== 'client' || found.grant.clientId !== inquirer.client.id) return INACTIVE
  if (!found.alive || found.consumedAt !== undefined || now >= found.expiresAt) return INACTIVE
  const { grant } = found
  const { client } = inquirer
  if (!client.grantTypes.includes('refresh_token') || reachLeft(oauth, client, { ...grant, grantId: grant.id }) === undefined) return INACTIVE
  return {
    active: true,
    iss: oauth.issuer,
    sub: subjectOf(oauth, client, grant.userId),
    client_id: aboutOf(grant).clientId,
    scope: grant.scopes.filter((scope) => client.scopes.includes(scope)).join(' '),
    iat: Math.floor(found.issuedAt / 1000),
    exp: Math.floor(found.expiresAt / 1000),
  }
}
