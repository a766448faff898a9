/**
 * The form of every secret Latchwork mints (design, decisions 1 and 19): a prefix that says what it is, 43 base62
 * digits that hold 256 bits (or a time and 202 bits: `timed-token.ts`), and 6 digits of checksum over all before. The whole is one word on double-click.
 *
 * The form proves nothing: a well-formed credential must still be looked up by its digest.
 */
import { hash } from 'node:crypto'
import { base62OfBytes, CHECKSUM_DIGITS, checksumOf } from './base62.ts'
import { takeRandomBytes } from './entropy.ts'
import { Secret } from './secret.ts'

export type Environment = 'live' | 'test'
export type KeyKind = 'sk' | 'rk' | 'pk' | 'pat'

/** What a key of each kind is called by people. */
export const keyKinds: Readonly<Record<KeyKind, string>> = {
  sk: 'secret key',
  rk: 'restricted key',
  pk: 'publishable key',
  pat: 'personal access token',
}

/** Prefixes of everything that is not an API key. */
export const tokenPrefixes = {
  access_token: 'lw_at_',
  refresh_token: 'lw_rt_',
  authorization_code: 'lw_ac_',
  client_secret: 'lw_cs_',
  root_key: 'lw_root_',
  device_code: 'lw_dc_',
  login_session: 'lw_ls_',
  one_time_link: 'lw_ot_',
  initial_access_token: 'lw_ia_',
  registration_token: 'lw_ra_',
} as const

export type TokenKind = keyof typeof tokenPrefixes

/** Of these many are made and few live long: they carry the time they were made (`timed-token.ts`). */
export const timedKinds = ['access_token', 'refresh_token', 'authorization_code'] as const satisfies readonly TokenKind[]
export type TimedKind = (typeof timedKinds)[number]

const tokenKindByPrefix = new Map(Object.entries(tokenPrefixes).map(([kind, prefix]) => [prefix as string, kind as TokenKind]))

export const SECRET_BYTES = 32
export const BODY_DIGITS = 43
export const TAIL = BODY_DIGITS + CHECKSUM_DIGITS

/** No credential is longer (K2); whoever stores ours should reserve as much. */
export const MAX_CREDENTIAL_BYTES = 512

const KEY_PREFIX = /^(sk|rk|pk|pat)_(live|test)_([a-z0-9]{2,6})_$/
const TAIL_FORM = /^[0-9A-Za-z]{49}$/
export const BRAND_FORM = /^[a-z0-9]{2,6}$/

export type ParsedCredential =
  | { readonly type: 'api_key'; readonly kind: KeyKind; readonly environment: Environment; readonly brand: string; readonly text: string }
  | { readonly type: TokenKind; readonly text: string }

/** A whole credential of ours, wherever it stands: also glued to other words, as in `%20sk_live_…`. */
export const CREDENTIAL_PATTERN = /(?:(?:sk|rk|pk|pat)_(?:live|test)_[a-z0-9]{2,6}|lw_(?:at|rt|ac|cs|root|dc|ls|ot|ia|ra))_[0-9A-Za-z]{49}/g

/** The same, and what is left of one that was cut; more of it than a fingerprint shows. */
const CREDENTIAL_OR_PART = /((?:sk|rk|pk|pat)_(?:live|test)_[a-z0-9]{2,6}_|lw_(?:at|rt|ac|cs|root|dc|ls|ot|ia|ra)_)([0-9A-Za-z]{4,49})/g

export function mintKey(kind: KeyKind, environment: Environment, brand: string): Secret {
  return seal(`${kind}_${environment}_${brand}_`, takeRandomBytes(SECRET_BYTES))
}

/** A key made of given bytes: how a key that is delivered by a rotation, an HMAC, gets its form. */
export function keyOfBytes(kind: KeyKind, environment: Environment, brand: string, bytes: Buffer): Secret {
  if (bytes.length !== SECRET_BYTES) throw new RangeError(`a credential holds ${SECRET_BYTES} bytes, not ${bytes.length}`)
  return seal(`${kind}_${environment}_${brand}_`, bytes)
}

export function mintToken(kind: TokenKind): Secret {
  return seal(tokenPrefixes[kind], takeRandomBytes(SECRET_BYTES))
}

/** A credential made of given bytes: how a login session's successor, an HMAC, gets its form. */
export function tokenOfBytes(kind: TokenKind, bytes: Buffer): Secret {
  if (bytes.length !== SECRET_BYTES) throw new RangeError(`a credential holds ${SECRET_BYTES} bytes, not ${bytes.length}`)
  return seal(tokenPrefixes[kind], bytes)
}

function seal(prefix: string, bytes: Buffer): Secret {
  return sealDigits(prefix, base62OfBytes(bytes, BODY_DIGITS))
}

/** @param digits 43 of them. */
export function sealToken(kind: TokenKind, digits: string): Secret {
  return sealDigits(tokenPrefixes[kind], digits)
}

function sealDigits(prefix: string, digits: string): Secret {
  const text = prefix + digits
  return new Secret(text + checksumOf(text))
}

/**
 * Reads a credential from the right, by fixed width; `undefined` if its form or checksum is wrong or it is over 512 bytes.
 * Costs no look-up, so that garbage is refused before any I/O.
 */
export function parseCredential(text: string): ParsedCredential | undefined {
  if (text.length > MAX_CREDENTIAL_BYTES || text.length <= TAIL) return undefined
  const prefix = text.slice(0, -TAIL)
  if (!TAIL_FORM.test(text.slice(-TAIL))) return undefined
  const tokenKind = tokenKindByPrefix.get(prefix)
  const key = tokenKind === undefined ? KEY_PREFIX.exec(prefix) : null
  if (tokenKind === undefined && key === null) return undefined
  if (checksumOf(text.slice(0, -CHECKSUM_DIGITS)) !== text.slice(-CHECKSUM_DIGITS)) return undefined
  if (tokenKind !== undefined) return { type: tokenKind, text }
  const [, kind, environment, brand] = key as unknown as [string, KeyKind, Environment, string]
  return { type: 'api_key', kind, environment, brand, text }
}

const FOREIGN_FORM = /^[\x21-\x7e]{16,}$/

/** Whether a text that is no credential of ours can be an imported key (K16): visible ASCII, long enough to be a secret, and no longer than any credential. */
export function isForeignForm(text: string): boolean {
  return text.length <= MAX_CREDENTIAL_BYTES && FOREIGN_FORM.test(text)
}

/** Parses a credential and demands its kind: each one-time value works only in its own slot. */
export function parseToken(kind: TokenKind, text: string): ParsedCredential | undefined {
  const parsed = parseCredential(text)
  return parsed?.type === kind ? parsed : undefined
}

/** What is stored of a strong secret: SHA-256, base64url (design, decision 9). Look-up is by digest only. */
export function digestOf(text: string): string {
  return hash('sha256', text, 'base64url')
}

/** What may be logged or shown of a credential: the first 8 and last 4 characters (K12). Stand the id beside it. */
export function fingerprintOf(text: string): string {
  return text.length > 16 ? `${text.slice(0, 8)}…${text.slice(-4)}` : '…'
}

/** Blackens every credential of ours, and every part that begins like one, in a text that leaves for a log. */
export function redactCredentials(text: string): string {
  return text.replace(CREDENTIAL_OR_PART, (all, prefix: string, digits: string) => (digits.length === TAIL ? fingerprintOf(all) : `${prefix}…`))
}
