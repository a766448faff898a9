/**
 * What our credentials look like from outside: one row for each kind, for whoever searches texts for them (K2, K15). Made from the tables that mint and parse
 * them, so that what is published cannot differ from what is made.
 */
import { CHECKSUM_DIGITS, checksumOf } from './base62.ts'
import { BODY_DIGITS, type Environment, type KeyKind, keyKinds, type TokenKind, tokenPrefixes } from './credential.ts'

export interface CredentialFormat {
  readonly kind: KeyKind | TokenKind
  /** What people call it. */
  readonly name: string
  /** False: made to be seen by everybody, so finding one is no leak. */
  readonly isSecret: boolean
  /** Every beginning it can have; all are of one length. */
  readonly prefixes: readonly string[]
  /** Finds it anywhere in a text, whole. Means the same in RE2, Go, JavaScript and Python: no look-around, no group that captures. */
  readonly pattern: string
  /** In characters, which are bytes: all is ASCII. */
  readonly length: number
  /** One for each prefix, made of zero bytes: well-formed, and nobody's. */
  readonly examples: readonly string[]
}

/** What the kinds that are no API keys are called by people. */
const tokenNames: Readonly<Record<TokenKind, string>> = {
  access_token: 'access token',
  refresh_token: 'refresh token',
  authorization_code: 'authorization code',
  client_secret: 'client secret',
  root_key: 'root key',
  device_code: 'device code',
  login_session: 'login session',
  one_time_link: 'one-time link',
  initial_access_token: 'initial access token',
  registration_token: 'registration access token',
}

const environments: readonly Environment[] = ['live', 'test']
const TAIL = `[0-9A-Za-z]{${BODY_DIGITS + CHECKSUM_DIGITS}}`

/** 32 zero bytes in base62: the body of every example, and of no credential that was ever drawn. */
export const EXAMPLE_BODY = '0'.repeat(BODY_DIGITS)

/** How the last characters come about, for people who write a scanner. */
export const CHECKSUM_IN_WORDS =
  `The last ${CHECKSUM_DIGITS} characters are a checksum over all characters before them: their CRC-32 (IEEE 802.3, as zlib computes it; an unsigned 32-bit number), ` +
  `written in base 62 with the digits 0-9, A-Z, a-z, most significant digit first, padded with 0 to ${CHECKSUM_DIGITS} digits.`

/** @param brand the infix of this installation's API keys. */
export function credentialFormats(brand: string): readonly CredentialFormat[] {
  const keys = (Object.keys(keyKinds) as KeyKind[]).map((kind) =>
    format(
      { kind, name: keyKinds[kind], isSecret: kind !== 'pk' },
      environments.map((environment) => `${kind}_${environment}_${brand}_`),
      `${kind}_(?:${environments.join('|')})_${brand}_`,
    ),
  )
  const tokens = (Object.keys(tokenPrefixes) as TokenKind[]).map((kind) =>
    format({ kind, name: tokenNames[kind], isSecret: true }, [tokenPrefixes[kind]], tokenPrefixes[kind]),
  )
  return [...keys, ...tokens]
}

function format(about: Pick<CredentialFormat, 'kind' | 'name' | 'isSecret'>, prefixes: readonly string[], prefixPattern: string): CredentialFormat {
  const examples = prefixes.map((prefix) => prefix + EXAMPLE_BODY + checksumOf(prefix + EXAMPLE_BODY))
  return { ...about, prefixes, pattern: prefixPattern + TAIL, length: examples[0]?.length ?? 0, examples }
}
