/** A token somebody hands in. */
import { checkFacts, type Report } from '../finding.ts'
import { limits } from '../limits.ts'
import type { Jwk } from '../weak-key.ts'
import { readToken } from './facts.ts'
import { tokenRules } from './rules.ts'

/** `undefined` if the text is no JWT. Nothing leaves the machine. @param keys to check the signature with; without, it is not checked. */
export function auditToken(text: string, now: number, keys?: readonly Jwk[]): Report | undefined {
  if (text.length > limits.tokenBytes) return undefined
  const facts = readToken(text, now, keys)
  return facts && checkFacts(tokenRules, facts)
}
