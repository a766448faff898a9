/** The kinds of JWT taken, one row each, told apart by `typ` (RFC 8725 §3.11): none can stand in for another. */
import { type CredentialRecord, type Lifeline, MAX_SCOPES } from '@latchwork/kernel'
import type { JsonObject } from './strict-json.ts'

interface TokenTypeRow {
  /** The record the claims amount to; `undefined` if one is missing or of the wrong type. Says nothing of time, issuer or deny-list. */
  readonly readRecord: (claims: JsonObject, expiresAt: number) => CredentialRecord | undefined
}

/** A map, not an object: `typ` comes from a stranger, and must not find what every object inherits. */
export const tokenTypes: ReadonlyMap<unknown, TokenTypeRow> = new Map<unknown, TokenTypeRow>([['session+jwt', { readRecord: readSession }]])

/** A person at their own front end: lives by the login session, its grant, the person and the account. */
function readSession(claims: JsonObject, expiresAt: number): CredentialRecord | undefined {
  const { sub, jti, sid, grant_id: grantId, account_id: accountId } = claims
  const audience = readAudience(claims['aud'])
  const scopes = readScope(claims['scope'])
  if (!isName(sub) || !isName(jti) || !isName(sid) || !isName(grantId) || audience === undefined || scopes === undefined) return undefined
  if (accountId !== undefined && !isName(accountId)) return undefined
  const livesBy: Lifeline[] = [`token:${jti}`, `session:${sid}`, `grant:${grantId}`, `user:${sub}`]
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
