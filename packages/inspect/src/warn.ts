/** What is wrong or risky about a JWT: one row a rule (RFC 8725, RFC 7515, RFC 7519). */
import type { Severity, Warning } from './report.ts'
import { durationWords } from './time-words.ts'

type JsonObject = Readonly<Record<string, unknown>>

export interface Subject {
  readonly header: JsonObject
  /** Absent where they are encrypted or no JSON. */
  readonly claims: JsonObject | undefined
  readonly length: number
  readonly now: number
}

interface Rule {
  readonly id: string
  readonly severity: Severity
  /** The sentence, if the rule is broken. */
  readonly finds: (subject: Subject) => string | undefined
}

const DAY_SECONDS = 86_400
const HEADER_LIMIT_BYTES = 4096
const isDpopProof = ({ header }: Subject): boolean => header['typ'] === 'dpop+jwt'
const number = (value: unknown): number | undefined => (typeof value === 'number' && Number.isFinite(value) ? value : undefined)
const whenPresent = (member: string, text: string) => (subject: Subject) => (Object.hasOwn(subject.header, member) ? text : undefined)

const rules: readonly Rule[] = [
  {
    id: 'alg-none',
    severity: 'danger',
    finds: ({ header: { alg } }) =>
      typeof alg === 'string' && alg.toLowerCase() === 'none' ? 'It is not signed: anybody can have written it. Refuse it (RFC 8725 §3.2).' : undefined,
  },
  {
    id: 'alg-missing',
    severity: 'danger',
    finds: ({ header: { alg } }) => (typeof alg === 'string' ? undefined : 'It names no algorithm, which every token has to (RFC 7515 §4.1.1).'),
  },
  {
    id: 'alg-shared',
    severity: 'note',
    finds: ({ header: { alg } }) =>
      /^HS/.test(String(alg))
        ? 'Its key is shared: each API that can verify it can also make it. And never let a public key count as that secret (RFC 8725 §2.1).'
        : undefined,
  },
  {
    id: 'alg-rsa1_5',
    severity: 'warning',
    finds: ({ header: { alg } }) =>
      alg === 'RSA1_5' ? 'RSA PKCS #1 v1.5 encryption can be attacked through its error messages. Use RSA-OAEP-256 or ECDH-ES.' : undefined,
  },
  {
    id: 'jku',
    severity: 'danger',
    finds: whenPresent('jku', 'It says where to fetch its key (jku): whoever made it chose that place. Never follow it (RFC 8725 §3.10).'),
  },
  {
    id: 'x5u',
    severity: 'danger',
    finds: whenPresent('x5u', 'It says where to fetch its certificate (x5u): whoever made it chose that place. Never follow it.'),
  },
  {
    id: 'jwk',
    severity: 'danger',
    finds: (subject) =>
      isDpopProof(subject)
        ? undefined
        : whenPresent('jwk', 'It brings its own key (jwk): a signature by that key proves nothing. Use a key you know already.')(subject),
  },
  {
    id: 'x5c',
    severity: 'warning',
    finds: whenPresent('x5c', 'It brings its own certificates (x5c): they prove nothing unless they lead to a root you trust.'),
  },
  {
    id: 'jwk-private',
    severity: 'danger',
    finds: ({ header: { jwk } }) =>
      typeof jwk === 'object' && jwk !== null && ('d' in jwk || 'k' in jwk) ? 'The key it brings is private: it is everybody’s now. Replace it.' : undefined,
  },
  {
    id: 'crit',
    severity: 'warning',
    finds: whenPresent('crit', 'It has members that a reader must understand or refuse (crit, RFC 7515 §4.1.11). Many libraries do not look.'),
  },
  {
    id: 'b64',
    severity: 'danger',
    finds: ({ header: { b64 } }) =>
      b64 === false ? 'Its payload is not encoded (b64 false, RFC 7797): libraries disagree about what is signed. A JWT must not be so.' : undefined,
  },
  { id: 'zip', severity: 'warning', finds: whenPresent('zip', 'Its content is compressed: a small token can unfold to a huge one. Bound what you unpack.') },
  {
    id: 'kid-path',
    severity: 'danger',
    finds: ({ header: { kid } }) =>
      typeof kid === 'string' && /\.\.[/\\]|^\/|['";|`\0]|\bselect\b/i.test(kid)
        ? 'Its kid looks like a path or a query: whoever uses it as one can be led astray. Look it up in a list.'
        : undefined,
  },
  {
    id: 'p2c',
    severity: 'warning',
    finds: ({ header: { p2c } }) =>
      (number(p2c) ?? 0) > 1_000_000 ? 'It wants a password stretched more than a million times: reading it costs whoever tries. Bound p2c.' : undefined,
  },
  {
    id: 'too-large',
    severity: 'warning',
    finds: ({ length }) => (length > HEADER_LIMIT_BYTES ? `It is ${length} bytes long: many servers take no more than 8 KiB of headers, some 4.` : undefined),
  },
  {
    id: 'exp-missing',
    severity: 'danger',
    finds: (subject) =>
      subject.claims === undefined || isDpopProof(subject) || 'exp' in subject.claims ? undefined : 'It never ends (no exp): once lost it is lost for good.',
  },
  { id: 'expired', severity: 'warning', finds: ({ claims, now }) => ((number(claims?.['exp']) ?? Infinity) * 1000 <= now ? 'It has expired.' : undefined) },
  {
    id: 'not-yet',
    severity: 'warning',
    finds: ({ claims, now }) =>
      Math.max(number(claims?.['nbf']) ?? 0, number(claims?.['iat']) ?? 0) * 1000 > now + 60_000
        ? 'It is not valid yet: its start lies in the future, or a clock is wrong.'
        : undefined,
  },
  {
    id: 'time-form',
    severity: 'danger',
    finds: ({ claims }) => {
      const wrong = ['exp', 'nbf', 'iat'].filter((name) => claims !== undefined && name in claims && number(claims[name]) === undefined)
      return wrong.length === 0 ? undefined : `${wrong.join(', ')} is not a number: some libraries then do not check it (RFC 7519 §2).`
    },
  },
  {
    id: 'milliseconds',
    severity: 'danger',
    finds: ({ claims }) =>
      (number(claims?.['exp']) ?? 0) > 100_000_000_000
        ? 'exp looks like milliseconds; it has to be seconds. As it stands it is good for thousands of years.'
        : undefined,
  },
  {
    id: 'long-life',
    severity: 'warning',
    finds: ({ claims }) => {
      const life = (number(claims?.['exp']) ?? 0) - (number(claims?.['iat']) ?? number(claims?.['nbf']) ?? Infinity)
      return life > DAY_SECONDS
        ? `It is good for ${durationWords(life)}. A signed token cannot be called back by itself: minutes are usual, with a refresh token behind.`
        : undefined
    },
  },
  {
    id: 'aud-missing',
    severity: 'warning',
    finds: (subject) =>
      subject.claims === undefined || isDpopProof(subject) || 'aud' in subject.claims
        ? undefined
        : 'It is for nobody in particular (no aud): every API that trusts its issuer may take it (RFC 8725 §3.9).',
  },
  {
    id: 'iss-missing',
    severity: 'warning',
    finds: (subject) => (subject.claims === undefined || isDpopProof(subject) || 'iss' in subject.claims ? undefined : 'It does not say who made it (no iss).'),
  },
  {
    id: 'typ-plain',
    severity: 'note',
    finds: ({ header: { typ } }) =>
      typ === undefined || typ === 'JWT'
        ? 'Its typ does not tell its kind: an ID token may pass for an access token where only the signature is looked at (RFC 8725 §3.11).'
        : undefined,
  },
  {
    id: 'secret-inside',
    severity: 'danger',
    finds: ({ claims }) => {
      const names = Object.keys(claims ?? {}).filter((name) => /pass(word|wd)|secret|private_?key|credit_?card|\bssn\b/i.test(name))
      return names.length === 0 ? undefined : `It carries what looks secret (${names.join(', ')}), and anybody who holds it can read it.`
    },
  },
]

export function warningsOf(subject: Subject): readonly Warning[] {
  return rules.flatMap(({ id, severity, finds }) => {
    const text = finds(subject)
    return text === undefined ? [] : [{ id, severity, text }]
  })
}
