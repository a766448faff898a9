/** `Set-Cookie` and `Cookie` lines: how a cookie is kept, and what is in it (RFC 6265bis). */
import type { Expectations } from './expectations.ts'
import { nothing, type Report, type Warning } from './report.ts'

const LINE = /^(set-cookie|cookie):\s*(\S.*)$/i

type InspectValue = (value: string, expected: Expectations) => Promise<Report>

/** `undefined` for a text that is no such line. */
export async function inspectCookie(text: string, expected: Expectations, inspectValue: InspectValue): Promise<Report | undefined> {
  const [, field, rest = ''] = LINE.exec(text) ?? []
  if (field === undefined) return undefined
  const pairs = rest.split(';').map((pair) => pair.trim())
  const isSet = field.toLowerCase() === 'set-cookie'
  const cookies = (isSet ? pairs.slice(0, 1) : pairs).map(pairOf)
  const within = await Promise.all(cookies.map(async ({ name, value }) => ({ name, report: await inspectValue(value, expected) })))
  const attributes = new Map(isSet ? pairs.slice(1).map((pair) => [pairOf(pair).name.toLowerCase(), pairOf(pair).value]) : [])
  return {
    ...nothing,
    kind: 'cookie',
    title: isSet
      ? 'A cookie, as a server sets it'
      : cookies.length === 1
        ? 'A cookie, as a browser sends it'
        : `${cookies.length} cookies, as a browser sends them`,
    facts: isSet ? [`Attributes: ${[...attributes.keys()].join(', ') || 'none'}.`] : ['How it is kept is not to be seen here: the Set-Cookie line tells.'],
    warnings: isSet ? cookieWarnings(cookies[0]?.name ?? '', attributes) : [],
    within,
    checks: within.flatMap(({ report }) => report.checks),
  }
}

function pairOf(pair: string): { readonly name: string; readonly value: string } {
  const at = pair.indexOf('=')
  return at < 0 ? { name: pair, value: '' } : { name: pair.slice(0, at), value: pair.slice(at + 1).replace(/^"(.*)"$/, '$1') }
}

type Attributes = ReadonlyMap<string, string>
const rules: readonly (readonly [id: string, severity: Warning['severity'], isBroken: (name: string, attributes: Attributes) => boolean, text: string])[] = [
  ['cookie-secure', 'danger', (_, found) => !found.has('secure'), 'It travels in clear too (no Secure).'],
  ['cookie-http-only', 'warning', (_, found) => !found.has('httponly'), 'Scripts can read it (no HttpOnly): one injected script takes it.'],
  ['cookie-same-site', 'warning', (_, found) => !found.has('samesite'), 'It does not say which sites may cause it to be sent (no SameSite); browsers differ.'],
  [
    'cookie-none',
    'warning',
    (_, found) => found.get('samesite')?.toLowerCase() === 'none',
    'Every site can cause it to be sent (SameSite=None): forged requests need another guard.',
  ],
  ['cookie-domain', 'warning', (_, found) => found.has('domain'), 'It is sent to sister hosts as well (Domain).'],
  ['cookie-prefix', 'note', (name) => !/^__(Host|Secure)-/.test(name), 'A sister host can plant one of its name: call it __Host-….'],
  [
    'cookie-host-form',
    'danger',
    (name, found) => name.startsWith('__Host-') && (found.has('domain') || found.get('path') !== '/' || !found.has('secure')),
    'Browsers drop it: a __Host- cookie has Secure, Path=/ and no Domain.',
  ],
]

function cookieWarnings(name: string, attributes: Attributes): readonly Warning[] {
  return rules.flatMap(([id, severity, isBroken, text]) => (isBroken(name, attributes) ? [{ id, severity, text }] : []))
}
