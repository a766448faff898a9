/**
 * The log: JSON lines, or readable ones on a terminal. Redaction stands at the mouth of the stream, not at the lines that log, so that it cannot be forgotten (R8): whatever
 * looks like a credential of ours or a JWT is cut down to its fingerprint before it is written.
 */
import { fingerprintOf, redactCredentials } from '@latchwork/kernel'
import { type Logger, pino } from 'pino'

const JWT = /\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*/g
const HEADER_SECRET = /\b(Bearer|Basic|DPoP) +[A-Za-z0-9+/=._~-]{8,}/gi
// Not `code`: refusals and errors of the system have one, and an authorization code is recognised by its form.
const FIELD_SECRET = /("(?:password|client_secret|refresh_token|access_token|code_verifier|cookie|authorization|secret)":")((?:[^"\\]|\\.)*)(")/gi
const PARAMETER_SECRET = /\b(password|client_secret|refresh_token|access_token|code|code_verifier|form_token)=([^&\s"]+)/gi
const DATABASE_PASSWORD = /(postgres(?:ql)?:\/\/[^:/@\s]*:)[^@\s"]+@/gi

/** Blackens what must not leave; what remains is still valid JSON. */
export function redact(line: string): string {
  return redactCredentials(line)
    .replace(JWT, (token) => fingerprintOf(token))
    .replace(HEADER_SECRET, (_all, scheme: string) => `${scheme} [redacted]`)
    .replace(FIELD_SECRET, '$1[redacted]$3')
    .replace(PARAMETER_SECRET, '$1=[redacted]')
    .replace(DATABASE_PASSWORD, '$1[redacted]@')
}

export interface LogSettings {
  readonly level: string
  readonly format: 'json' | 'pretty'
}

export interface LineSink {
  readonly write: (line: string) => void
}

/** The log of a server. Every line passes `redact` on its way out; there is no way around it. */
export function createLog(settings: LogSettings, out: LineSink = process.stderr): Logger {
  const write = (line: string): void => void out.write(settings.format === 'json' ? redact(line) : pretty(redact(line)))
  return pino({ level: settings.level, base: null }, { write })
}

const LEVELS: Readonly<Record<number, string>> = { 10: 'trace', 20: 'debug', 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' }

/** JSON leaves some of them as they are; whoever reads along must not have a terminal that obeys a stranger. */
const STEERS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

function pretty(line: string): string {
  const { level, time, msg, ...rest } = JSON.parse(line) as Record<string, unknown>
  const more = Object.keys(rest).length === 0 ? '' : ` ${JSON.stringify(rest)}`
  const text = `${new Date(Number(time)).toISOString().slice(11, 19)} ${LEVELS[Number(level)] ?? level} ${msg ?? ''}${more}`
  return `${text.replace(STEERS, (one) => `\\u{${one.codePointAt(0)?.toString(16)}}`)}\n`
}
