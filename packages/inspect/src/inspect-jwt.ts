/** A JWS or JWE in the compact serialisation: read, explained, warned of, checked against what is expected. */
import { claimWords } from './claim-words.ts'
import { type Compact, readCompact } from './compact.ts'
import type { Expectations } from './expectations.ts'
import { headerWords } from './header-words.ts'
import { readJsonObject } from './read-json.ts'
import { type Check, type Member, nothing, type Report, type Warning } from './report.ts'
import { durationWords, timeWords } from './time-words.ts'
import { checkSignature } from './verify-signature.ts'
import { warningsOf } from './warn.ts'
import { wellKnownSecretOf } from './well-known-secrets.ts'

type JsonObject = Readonly<Record<string, unknown>>

/** `undefined` for a text that is neither. */
export async function inspectJwt(text: string, expected: Expectations): Promise<Report | undefined> {
  const token = readCompact(text)
  if (token === undefined) return undefined
  const header = token.header.value
  const members = Object.entries(header).map(([name, value]): Member => ({ name, value, words: headerWords(name, value) }))
  if (token.payload === undefined) return encrypted(text, token, members, expected)
  const payload = readJsonObject(token.payload)
  const claims = payload?.value
  const warnings = [
    ...token.warnings,
    ...doubledWarning('header', token.header.doubled),
    ...doubledWarning('claims', payload?.doubled ?? []),
    ...weakSecret(text, header),
    ...warningsOf({ header, claims, length: text.length, now: expected.now }),
  ]
  return {
    ...nothing,
    kind: 'jws',
    title:
      claims === undefined
        ? 'A signed text that is no JWT: its payload is no JSON object'
        : 'A signed JWT: anybody can read it, only its maker can have written it',
    facts: claims === undefined ? [`Its payload is ${token.payload.length} bytes.`] : lifeOf(claims),
    header: members,
    claims: Object.entries(claims ?? {}).map(([name, value]): Member => ({ name, value, words: claimWords(name, value, expected) })),
    warnings,
    checks: await checksOf(text, header, claims, expected, warnings),
  }
}

function encrypted(text: string, token: Compact, header: readonly Member[], { now, keys }: Expectations): Report {
  const check: Check = { name: 'signature', passed: false, text: 'It is encrypted: there is no signature to see from outside.' }
  return {
    ...nothing,
    kind: 'jwe',
    title: 'An encrypted token (JWE): its content is for whoever holds the key',
    facts: [`The encrypted content is ${Buffer.from(token.parts[3] ?? '', 'base64url').length} bytes.`],
    header,
    warnings: [
      ...token.warnings,
      ...doubledWarning('header', token.header.doubled),
      ...warningsOf({ header: token.header.value, claims: undefined, length: text.length, now }),
    ],
    checks: keys === undefined ? [] : [check],
  }
}

function lifeOf({ exp, iat }: JsonObject): readonly string[] {
  return typeof exp === 'number' && typeof iat === 'number' && exp > iat ? [`It was made for ${durationWords(exp - iat)}.`] : []
}

function doubledWarning(where: string, names: readonly string[]): readonly Warning[] {
  if (names.length === 0) return []
  return [
    { id: 'doubled', severity: 'danger', text: `In its ${where} ${names.join(', ')} stands twice: two readers can take two values. Refuse it (RFC 7519 §4).` },
  ]
}

function weakSecret(text: string, { alg }: JsonObject): readonly Warning[] {
  const secret = wellKnownSecretOf(text, alg)
  if (secret === undefined) return []
  return [
    {
      id: 'known-secret',
      severity: 'danger',
      text: `It is signed with the well-known secret ${JSON.stringify(secret)}: anybody can make such tokens. Replace it: latchwork generate secret.`,
    },
  ]
}

async function checksOf(
  text: string,
  header: JsonObject,
  claims: JsonObject | undefined,
  expected: Expectations,
  warnings: readonly Warning[],
): Promise<readonly Check[]> {
  const { keys, issuer, audience } = expected
  const isUnambiguous = !warnings.some(({ id }) => id === 'spelling' || id === 'doubled')
  return [
    ...(keys === undefined ? [] : [await checkSignature(text, header, keys, isUnambiguous), checkTime(claims, expected)]),
    ...(issuer === undefined ? [] : [compared('issuer', claims?.['iss'], issuer, claims?.['iss'] === issuer)]),
    ...(audience === undefined ? [] : [compared('audience', claims?.['aud'], audience, [claims?.['aud']].flat().includes(audience))]),
  ]
}

function compared(name: 'issuer' | 'audience', found: unknown, wanted: string, passed: boolean): Check {
  return {
    name,
    passed,
    text: passed ? `The ${name} is ${wanted}.` : `The ${name} is ${found === undefined ? 'not said' : JSON.stringify(found)}, not ${wanted}.`,
  }
}

function checkTime(claims: JsonObject | undefined, { now, timeZone }: Expectations): Check {
  const [exp, nbf] = [claims?.['exp'], claims?.['nbf']]
  const fail = (text: string): Check => ({ name: 'time', passed: false, text })
  if (typeof exp !== 'number') return fail('It has no end (exp).')
  if (exp * 1000 <= now) return fail(`It ended ${timeWords(exp, now, timeZone)}.`)
  if (nbf !== undefined && !(typeof nbf === 'number' && nbf * 1000 <= now)) return fail('It is not valid yet (nbf).')
  return { name: 'time', passed: true, text: `It is valid now, until ${timeWords(exp, now, timeZone)}.` }
}
