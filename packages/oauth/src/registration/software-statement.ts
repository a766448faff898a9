/** Software statements (RFC 7591 §2.3): metadata that somebody the operator trusts has signed. They overrule what the client says of itself. */
import { refuse } from '@latchwork/kernel'
import { assertionAlgorithms } from '../clients/profiles.ts'
import { keysFor } from '../jose/key-set.ts'
import { isSignedBy, JoseFault, readStrictJws, type StrictJws } from '../jose/strict-jws.ts'
import type { OAuth } from '../oauth.ts'

const LEEWAY_SECONDS = 10
const OF_THE_JWT = new Set(['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti'])

/** A statement that the operator's policy takes. */
export interface ApprovedStatement {
  /** To the letter. */
  readonly text: string
  readonly metadata: Readonly<Record<string, unknown>>
}

/** `undefined` if there is none and none is demanded. @throws Refusal `statement_invalid`, `statement_unapproved`. */
export async function readStatement(oauth: OAuth, text: unknown, now: number): Promise<ApprovedStatement | undefined> {
  if (text === undefined)
    return oauth.registration.needsStatement ? refuse('statement_unapproved', { detail: 'Registration needs a software_statement here.' }) : undefined
  if (typeof text !== 'string') return refuse('statement_invalid')
  const jws = read(text)
  const judged = await judge(oauth, jws)
  if (judged !== 'approved') return refuse(judged, { reason: 'issuer not trusted, or wrong signature' })
  checkTimes(jws.claims, now)
  checkAudience(oauth, jws.claims['aud'])
  return approved(jws)
}

/**
 * At a change of the registration. Another statement is judged as at registration. The one it registered with, sent again or left out, goes on to count, also when its time
 * is over, which ends its use for registering and not what was registered; but its issuer must still be trusted, with the key that signed it. Where it is not, the statement
 * is refused if it was sent or policy demands one, and else no longer counts.
 * @throws Refusal `statement_invalid`, `statement_unapproved`.
 */
export async function readStatementAgain(oauth: OAuth, kept: string | undefined, sent: unknown, now: number): Promise<ApprovedStatement | undefined> {
  if (kept === undefined || (sent !== undefined && sent !== kept)) return readStatement(oauth, sent, now)
  const jws = read(kept)
  const judged = await judge(oauth, jws)
  if (judged === 'approved') return approved(jws)
  if (sent === undefined && !oauth.registration.needsStatement) return undefined
  return refuse(judged, { reason: 'the statement it registered with is not taken any more' })
}

async function judge(oauth: OAuth, jws: StrictJws): Promise<'approved' | 'statement_unapproved' | 'statement_invalid'> {
  const trusted = oauth.registration.statementIssuers.find(({ issuer }) => issuer === jws.claims['iss'])
  if (trusted === undefined) return 'statement_unapproved'
  return (await isSignedBy(jws, keysFor(trusted.jwks.keys, jws.header))) ? 'approved' : 'statement_invalid'
}

function approved({ text, claims }: StrictJws): ApprovedStatement {
  return { text, metadata: Object.fromEntries(Object.entries(claims).filter(([name]) => !OF_THE_JWT.has(name))) }
}

function read(text: string): StrictJws {
  try {
    return readStrictJws(text, { algorithms: assertionAlgorithms, types: [undefined, 'jwt'] })
  } catch (error) {
    if (error instanceof JoseFault) return refuse('statement_invalid', { reason: error.message })
    throw error
  }
}

/** A statement is issued for a piece of software and used by every copy: it may lack an end, but one that it has counts. */
function checkTimes({ exp, nbf, iat }: StrictJws['claims'], now: number): void {
  const seconds = now / 1000
  for (const time of [exp, nbf, iat])
    if (time !== undefined && !Number.isSafeInteger(time)) refuse('statement_invalid', { reason: 'a time is no whole number' })
  if (exp !== undefined && (exp as number) <= seconds - LEEWAY_SECONDS) refuse('statement_invalid', { reason: 'expired' })
  for (const time of [nbf, iat])
    if (time !== undefined && (time as number) > seconds + LEEWAY_SECONDS) refuse('statement_invalid', { reason: 'not in time yet' })
}

function checkAudience({ issuer }: OAuth, aud: unknown): void {
  if (aud !== undefined && ![aud].flat().includes(issuer)) refuse('statement_invalid', { reason: 'for another server' })
}
