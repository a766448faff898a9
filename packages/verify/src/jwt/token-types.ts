/** The kinds of JWT taken, one row each, told apart by `typ` (RFC 8725 §3.11): none can stand in for another. */
import { ACTS_FOR_ITSELF, type CredentialRecord, type Lifeline, lifelineOfClientRight, lifelineOfRight, lifelineOfScope, MAX_SCOPES } from '@latchwork/kernel'
import type { JsonObject } from './strict-json.ts'

interface TokenTypeRow {
  /** The record the claims amount to; `undefined` if one is missing or of the wrong type. Says nothing of time, issuer or deny-list. */
  readonly readRecord: (claims: JsonObject, expiresAt: number) => CredentialRecord | undefined
}

/** A map, not an object: `typ` comes from a stranger, and must not find what every object inherits. */
export const tokenTypes: ReadonlyMap<unknown, TokenTypeRow> = new Map<unknown, TokenTypeRow>([
  ['session+jwt', { readRecord: readSession }],
  ['at+jwt', { readRecord: readAccessToken }],
])

/** A person at their own front end: lives by the login session, its grant, the person, the account, and what the configuration defines of what it carries. */
function readSession(claims: JsonObject, expiresAt: number): CredentialRecord | undefined {
  const { sub, jti, sid, grant_id: grantId, account_id: accountId } = claims
  const audience = readAudience(claims['aud'])
  const scopes = readScope(claims['scope'])
  if (!isName(sub) || !isName(jti) || !isName(sid) || !isName(grantId) || audience === undefined || scopes === undefined) return undefined
  if (accountId !== undefined && !isName(accountId)) return undefined
  const livesBy: Lifeline[] = [`token:${jti}`, `session:${sid}`, `grant:${grantId}`, `user:${sub}`, ...rightsOf(scopes, audience)]
  if (accountId !== undefined) livesBy.push(`account:${accountId}`)
  return {
    principal: {
      mechanism: 'session',
      subject: sub,
      userId: sub,
      ...(accountId === undefined ? {} : { accountId }),
      environment: 'live', // design, decision 19
      scopes,
      audience,
      credentialId: jti,
      fingerprint: '',
      expiresAt,
      sessionId: sid,
      grantId,
    },
    alive: true,
    livesBy,
  }
}

/**
 * An OAuth client, for a person or for itself (RFC 9068 §2.2): lives by the client and its right to all that the token carries, and by the grant and each of its scopes, the consent, the
 * login session and the person where there are any.
 * With `subject_type` `pairwise`, `sub` is what that client calls the person, and the person's own id is not told.
 */
function readAccessToken(claims: JsonObject, expiresAt: number): CredentialRecord | undefined {
  const { sub, jti, client_id: clientId, environment, subject_type: subjectType } = claims
  const audience = readAudience(claims['aud'])
  const scopes = readScope(claims['scope'])
  if (!isName(sub) || !isName(jti) || !isName(clientId) || audience === undefined || scopes === undefined) return undefined
  if (environment !== 'live' && environment !== 'test') return undefined
  if (subjectType !== undefined && subjectType !== 'pairwise') return undefined
  const names = readNames(claims, ['grant_id', 'consent_id', 'sid', 'account_id', 'client_account_id'])
  if (names === undefined) return undefined
  const { grant_id: grantId, consent_id: consentId, sid: sessionId, account_id: personAccountId, client_account_id: clientAccountId } = names
  const userId = grantId === undefined || subjectType === 'pairwise' ? undefined : sub
  const accountId = grantId === undefined ? clientAccountId : personAccountId
  const rights = [...scopes, ...audience, ...(grantId === undefined ? [ACTS_FOR_ITSELF] : [])]
  const others = { grant: grantId, consent: consentId, session: sessionId, user: userId }
  return {
    principal: {
      mechanism: 'oauth',
      subject: sub,
      ...(userId === undefined ? {} : { userId }),
      ...(accountId === undefined ? {} : { accountId }),
      clientId,
      environment,
      scopes,
      audience,
      credentialId: jti,
      fingerprint: '',
      expiresAt,
      ...(sessionId === undefined ? {} : { sessionId }),
      ...(grantId === undefined ? {} : { grantId }),
    },
    alive: true,
    livesBy: [
      `token:${jti}`,
      `client:${clientId}`,
      ...Object.entries(others).flatMap(([kind, id]) => (id === undefined ? [] : [`${kind}:${id}` as Lifeline])),
      ...(grantId === undefined ? [] : scopes.map((scope) => lifelineOfScope(grantId, scope))),
      ...rights.map((right) => lifelineOfClientRight(clientId, right)),
      ...rightsOf(scopes, audience),
      ...new Set([personAccountId, clientAccountId].flatMap((id) => (id === undefined ? [] : [`account:${id}` as const]))),
    ],
  }
}

function rightsOf(scopes: readonly string[], audience: readonly string[]): readonly Lifeline[] {
  return [...scopes, ...audience].map(lifelineOfRight)
}

/** The named claims, those that are there; `undefined` if one is there and is no name. */
function readNames<const N extends string>(claims: JsonObject, names: readonly N[]): Readonly<Partial<Record<N, string>>> | undefined {
  const found = names.flatMap((name) => (claims[name] === undefined ? [] : [[name, claims[name]] as const]))
  return found.every(([, value]) => isName(value)) ? (Object.fromEntries(found) as Readonly<Partial<Record<N, string>>>) : undefined
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

/** RFC 7519 §4.1.3: one string, or several. At least one: a token for nobody in particular is for nobody. */
function readAudience(value: unknown): readonly string[] | undefined {
  const audience: readonly unknown[] = Array.isArray(value) ? value : [value]
  return audience.length > 0 && audience.every(isName) ? audience : undefined
}

/** RFC 8693 §4.2: words separated by single spaces. */
function readScope(value: unknown): readonly string[] | undefined {
  if (value === undefined || value === '') return []
  const words = typeof value === 'string' ? value.split(' ') : []
  return words.length > 0 && words.length <= MAX_SCOPES && words.every((word) => word !== '') ? words : undefined
}
