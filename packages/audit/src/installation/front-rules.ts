/** Rules over what arrives outside: a proxy can undo what the server set. */
import type { FactRule, RuleText, Sighting } from '../rule.ts'
import type { InstallationFacts } from './facts.ts'
import type { FrontFacts } from './front.ts'

type FrontCheck = (front: FrontFacts, now: number) => readonly Sighting[] | Sighting | false

function row(text: RuleText, check: FrontCheck): FactRule<InstallationFacts> {
  return { ...text, check: ({ front, now }) => front !== undefined && check(front, now) }
}

const DAY_MS = 24 * 3600 * 1000
const FEWEST_DAYS_LEFT = 14
const LEAST_STRICT_SECONDS = 180 * 24 * 3600

/** What a cookie of a sign-in must carry (RFC 6265bis §4.1); the prefix makes browsers refuse it without. */
const COOKIE_NEEDS: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['the prefix __Host-', /^__Host-/],
  ['Secure', /;\s*secure\s*(?:;|$)/i],
  ['HttpOnly', /;\s*httponly\s*(?:;|$)/i],
  ['SameSite', /;\s*samesite=(?:lax|strict)\s*(?:;|$)/i],
  ['Path=/', /;\s*path=\/\s*(?:;|$)/i],
]

export const frontRules: readonly FactRule<InstallationFacts>[] = [
  row(
    {
      id: 'installation/cookie-unprotected',
      what: 'A cookie arrives without a part of its protection',
      why: 'Scripts, other sites or plain http can then read it or set it; most often a proxy rewrote it.',
      source: 'OWASP ASVS 5.0 3.3.1–3.3.4',
      risk: 'high',
      mend: 'Take rewriting of Set-Cookie (proxy_cookie_flags, proxy_cookie_path, Header edit) out of the proxy.',
    },
    ({ address, cookies }) =>
      cookies.flatMap((cookie) => {
        const missing = COOKIE_NEEDS.filter(([, pattern]) => !pattern.test(cookie)).map(([name]) => name)
        const isShared = /;\s*domain=/i.test(cookie)
        const faults = [...missing.map((name) => `no ${name}`), ...(isShared ? ['a Domain'] : [])]
        return faults.length === 0 ? [] : [{ at: `Set-Cookie of ${address}`, saw: `${cookie.split('=')[0]?.slice(0, 60)}: ${faults.join(', ')}` }]
      }),
  ),
  row(
    {
      id: 'installation/strict-transport-lost',
      what: 'Strict-Transport-Security does not arrive, or for less than 180 days',
      why: 'A browser that types the name tries plain http first, where anybody on the way can answer.',
      source: 'RFC 6797 §7.2; OWASP ASVS 5.0 3.4.1',
      risk: 'medium',
      mend: 'Let the header of the server through, or set max-age to at least 15552000 where it is made.',
    },
    ({ address, tls, strictTransportSecurity: header }) => {
      if (tls === undefined) return false
      const seconds = Number(/max-age="?(\d+)/i.exec(header ?? '')?.[1] ?? 0)
      return seconds < LEAST_STRICT_SECONDS && { at: address, saw: header?.slice(0, 100) ?? 'no header' }
    },
  ),
  row(
    {
      id: 'installation/frame-protection-lost',
      what: 'The sign-in page arrives without a policy against frames',
      why: 'Another site can lay it invisibly under its own buttons.',
      source: 'RFC 9700 §4.16; OWASP ASVS 5.0 3.4.6',
      risk: 'high',
      mend: 'Let Content-Security-Policy of the server through; a proxy that sets its own must keep frame-ancestors.',
    },
    ({ address, contentSecurityPolicy: policy = '' }) => !/(?:^|;)\s*frame-ancestors\s+'none'\s*(?:;|$)/i.test(policy) && { at: address },
  ),
  row(
    {
      id: 'installation/old-tls-taken',
      what: 'TLS 1.0 or 1.1 is taken',
      why: 'Both are broken and forbidden; nothing that is still in use needs them.',
      source: 'RFC 8996; RFC 9325 §3.1.1',
      risk: 'high',
      mend: 'Let what speaks TLS take 1.2 and 1.3 alone.',
    },
    ({ address, tls }) => tls?.takesOldVersions === true && { at: address },
  ),
  row(
    {
      id: 'installation/certificate-ends-soon',
      what: `The certificate ends within ${FEWEST_DAYS_LEFT} days`,
      why: 'When it has ended, nobody signs in and no API gets its keys.',
      source: 'NIST SP 1800-16B',
      risk: 'medium',
      mend: 'Renew it, and find out why that did not happen by itself.',
    },
    ({ address, tls }, now) =>
      tls !== undefined &&
      tls.certificateEndsAt - now < FEWEST_DAYS_LEFT * DAY_MS && { at: address, saw: new Date(tls.certificateEndsAt).toISOString().slice(0, 10) },
  ),
]
