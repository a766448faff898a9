/** The claims every token of ours has (RFC 7519 §4.1), whatever its type. */
import { refuse } from '@latchwork/kernel'
import type { JsonObject } from './strict-json.ts'

export interface ExpectedClaims {
  readonly issuer: string
  readonly leewayMs: number
  readonly now: number
}

/**
 * `iss` → `exp`, `iat`, `nbf` are whole numbers of seconds → the token has begun. Whether it has expired is judged with everything that can change while a token is remembered.
 * @returns when the token was issued and when it expires, epoch milliseconds.
 * @throws Refusal `credential_invalid`, `credential_not_yet_valid`.
 */
export function checkClaims(claims: JsonObject, expected: ExpectedClaims): { readonly issuedAt: number; readonly expiresAt: number } {
  if (claims['iss'] !== expected.issuer) return refuse('credential_invalid', { reason: 'iss is not the issuer' })
  const expiresAt = readTime(claims, 'exp')
  const issuedAt = readTime(claims, 'iat')
  const notBefore = claims['nbf'] === undefined ? issuedAt : readTime(claims, 'nbf')
  if (Math.max(issuedAt, notBefore) > expected.now + expected.leewayMs) return refuse('credential_not_yet_valid', { reason: 'iat or nbf lies in the future' })
  return { issuedAt, expiresAt }
}

/** RFC 7519 §2 allows fractions; ours have none. A text, a fraction, an infinity or a negative number is not a time. */
function readTime(claims: JsonObject, name: 'exp' | 'iat' | 'nbf'): number {
  const seconds = claims[name]
  if (typeof seconds !== 'number' || seconds < 0 || !Number.isSafeInteger(seconds * 1000) || !Number.isInteger(seconds)) {
    return refuse('credential_invalid', { reason: `${name} is not a time` })
  }
  return seconds * 1000
}
