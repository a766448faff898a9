/** Software statements (RFC 7591 §2.3): metadata that somebody the operator trusts has signed. They overrule what the client says of itself. */
import { refuse } from '@latchwork/kernel'
import { assertionAlgorithms } from '../clients/profiles.ts'
import { keysFor } from '../jose/key-set.ts'
import { isSignedBy, JoseFault, readStrictJws, type StrictJws } from '../jose/strict-jws.ts'
import type { OAuth } from '../oauth.ts'

const LEEWAY_SECONDS = 10
const OF_THE_JWT = new Set(['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti'])

/** The metadata of the statement; `{}` if there is none and none is demanded. @throws Refusal `statement_invalid`, `statement_unapproved`. */
export async function readStatement(oauth: OAuth, text: unknown, now: number): Promise<Readonly<Record<string, unknown>>> {
  const { statementIssuers, needsStatement } = oauth.registration
  if (text === undefined) return needsStatement ? refuse('statement_unapproved', { detail: 'Registration needs a software_statement here.' }) : {}
  if (typeof text !== 'string') return refuse('statement_invalid')
  const jws = read(text)
  const trusted = statementIssuers.find(({ issuer }) => issuer === jws.claims['iss'])
  if (trusted === undefined) return refuse('statement_unapproved')
  if (!(await isSignedBy(jws, keysFor(trusted.jwks.keys, jws.header)))) return refuse('statement_invalid', { reason: 'wrong signature' })
  checkTimes(jws.claims, now)
  checkAudience(oauth, jws.claims['aud'])
  return Object.fromEntries(Object.entries(jws.claims).filter(([name]) => !OF_THE_JWT.has(name)))
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
