/** Redirect URIs: what may be registered, and what a request may name (O3). */
import { refuse } from '@latchwork/kernel'
import type { Client } from '../store.ts'

const LOOPBACK_HOSTS = new Set(['127.0.0.1', '[::1]', 'localhost'])
const RESPONSE_PARAMETERS = [
  'code',
  'state',
  'iss',
  'error',
  'error_description',
  'error_uri',
  'response',
  'id_token',
  'access_token',
  'token_type',
  'expires_in',
  'scope',
]
const DANGEROUS_SCHEMES = new Set(['javascript:', 'data:', 'vbscript:', 'file:', 'blob:', 'about:', 'ftp:', 'ws:', 'wss:', 'view-source:', 'filesystem:'])
/** What browsers and systems hand to a program of the person's choice: no application can have it for its own. */
const COMMON_SCHEMES = new Set(
  'mailto tel sms smsto mms callto sip sips xmpp geo maps irc ircs ssh sftp ftps telnet ldap ldaps git magnet news nntp feed webcal urn cid mid jar resource intent market chrome edge opera'
    .split(' ')
    .map((scheme) => `${scheme}:`),
)
const PRIVATE_SCHEME = /^[a-z][a-z0-9+.-]*:$/
const MAX_LENGTH = 2000

/**
 * Checks a URI for registration: absolute, in its canonical spelling, https (http for loopback only; private schemes for native applications, RFC 8252 §7.1), without
 * fragment, user-info, wildcard, or parameters that a response carries.
 * @throws Refusal `redirect_uri_invalid`, naming the URI's fault.
 */
export function checkRedirectUri(text: string, applicationType: Client['applicationType']): void {
  const fault = faultOfRedirectUri(text, applicationType)
  if (fault !== undefined) refuse('redirect_uri_invalid', { detail: `Redirect URI ${JSON.stringify(text.slice(0, 200))}: ${fault}.` })
}

/** What is wrong with a URI that somebody wants to register, in words for its owner, without the full stop. */
export function faultOfRedirectUri(text: string, applicationType: Client['applicationType']): string | undefined {
  if (text.length > MAX_LENGTH) return `longer than ${MAX_LENGTH} characters`
  if (!/^[\x21-\x7e]+$/.test(text)) return 'only printable ASCII without spaces; encode the rest'
  if (/[*\\]/.test(text)) return 'wildcards and backslashes are not taken; register each address'
  if (!URL.canParse(text)) return 'not an absolute URI'
  const url = new URL(text)
  if (text.includes('#')) return 'no fragment (RFC 6749 §3.1.2)'
  if (DANGEROUS_SCHEMES.has(url.protocol)) return `the scheme ${url.protocol} is not safe`
  if (COMMON_SCHEMES.has(url.protocol)) return `the scheme ${url.protocol} is no application's own`
  if (url.username !== '' || url.password !== '' || text.includes('@')) return 'no user name or "@"'
  if (RESPONSE_PARAMETERS.some((name) => url.searchParams.has(name))) return 'its query must not hold a parameter that a response carries'
  if (url.protocol === 'http:' && !LOOPBACK_HOSTS.has(url.hostname)) return 'http is for loopback addresses only; use https'
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    if (applicationType !== 'native') return 'a private scheme is for native applications; use https'
    return PRIVATE_SCHEME.test(url.protocol) ? undefined : 'not a scheme'
  }
  if (url.href !== text && url.href !== `${text}/`) return `write it in its canonical form, ${JSON.stringify(url.href)}`
  return undefined
}

/** Whether a request may name this URI: character for character, the port of a native application's loopback address excepted (RFC 8252 §7.3). */
export function isRegisteredRedirectUri(client: Client, text: string): boolean {
  if (client.redirectUris.includes(text)) return true
  if (client.applicationType !== 'native') return false
  const anyPort = withoutLoopbackPort(text)
  return anyPort !== undefined && client.redirectUris.some((registered) => withoutLoopbackPort(registered) === anyPort)
}

const LOOPBACK_URI = /^http:\/\/(127\.0\.0\.1|\[::1\]|localhost)(?::([1-9]\d{0,4}))?(\/[\x21-\x7e]*)?$/

function withoutLoopbackPort(text: string): string | undefined {
  const match = LOOPBACK_URI.exec(text)
  if (match === null || text.includes('#') || text.includes('\\')) return undefined
  const [, host, port, rest] = match
  if (port !== undefined && Number(port) > 65535) return undefined
  return `http://${host}${rest ?? ''}`
}

/** Where a person will be sent, for pages: the host, or the scheme of a native application. */
export function hostOfRedirectUri(text: string): string {
  const url = new URL(text)
  return url.host === '' ? `${url.protocol}//` : url.host
}

export function isLoopbackRedirectUri(text: string): boolean {
  return LOOPBACK_HOSTS.has(new URL(text).hostname)
}
