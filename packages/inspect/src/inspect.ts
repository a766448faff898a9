/** Says what a text is. Pure: no network, no file, no clock but the one handed in. */
import type { Expectations } from './expectations.ts'
import { inspectCookie } from './inspect-cookie.ts'
import { inspectJwt } from './inspect-jwt.ts'
import { inspectLatchwork } from './inspect-latchwork.ts'
import { nothing, type Report } from './report.ts'

/** The credential in what people copy: a header line, quotes, white space around it. */
export function tokenIn(text: string): string {
  const plain = text.trim().replace(/^(["'`])([\s\S]*)\1,?$/, '$2')
  return plain
    .replace(/^authorization:\s*/i, '')
    .replace(/^(?:bearer|dpop)\s+/i, '')
    .trim()
}

/**
 * Recognises, in order: cookie lines, Latchwork's own credentials, JWS and JWE, and calls the rest opaque. Checks only what it is given something to check against:
 * a report without checks proves nothing.
 */
export async function inspect(text: string, expected: Expectations): Promise<Report> {
  const cookie = await inspectCookie(text.trim(), expected, inspectToken)
  return cookie ?? inspectToken(tokenIn(text), expected)
}

async function inspectToken(text: string, expected: Expectations): Promise<Report> {
  const found = inspectLatchwork(text) ?? (await inspectJwt(text, expected)) ?? opaque(text)
  const wanted = [expected.keys === undefined ? undefined : 'signature', expected.issuer && 'issuer', expected.audience && 'audience'].filter(
    (name) => name !== undefined,
  )
  if (found.kind === 'jws' || found.kind === 'jwe' || wanted.length === 0) return found
  return { ...found, checks: [{ name: 'signature', passed: false, text: 'It is no JWT: there is nothing in it to check. Ask its server (introspection).' }] }
}

function opaque(text: string): Report {
  const looksCut = /^eyJ/.test(text)
  return {
    ...nothing,
    kind: 'opaque',
    title: looksCut ? 'Something that begins like a JWT and is none' : 'Nothing that can be read from outside',
    facts: [
      `${text.length} characters.`,
      looksCut ? 'It was cut, or its first part is no JSON.' : 'An opaque token tells nothing by itself: its server knows (introspection).',
    ],
  }
}
