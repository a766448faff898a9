/** From a request to the one credential in it. Looks at form only; what the credential is worth is judged later. */
import { CREDENTIAL_PATTERN, refuse } from '@latchwork/kernel'
import type { IncomingRequest } from './incoming-request.ts'

/** Longer than any credential of ours, a JWT included. */
export const MAX_PRESENTED_LENGTH = 8192

const BEARER = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i // RFC 6750 §2.1
const IMPORTED_BEARER = /^bearer +([\x21-\x7e]+)$/i // K16: keys of other systems keep to no grammar
const OTHER_SCHEME = /^[!#$%&'*+.^`|~0-9A-Za-z-]{1,32} +\S/ // RFC 9110 §11.4, less the underscore that our credentials have and no scheme does
const SHORTEST_IN_QUERY = 'access_token='.length

/** Refuses a credential that could have been read on its way (V5, K13). Comes first: nothing is looked at that must not have been sent. */
export function checkTransport(request: IncomingRequest, development: boolean): void {
  if (request.secure || (development && request.loopback)) return
  refuse('transport_insecure', { reason: request.loopback ? 'plain http from this machine, and development is off' : 'plain http' })
}

/**
 * The one credential of a request: `Authorization: Bearer`, or `X-API-Key`, or the named cookie. Bodies are not read.
 * @param cookie the cookie this route takes a credential from; no other cookie counts (design, decision 22).
 * @param acceptsForeign whether keys of other systems were imported, which may have any visible characters.
 * @throws Refusal `credential_missing`, `credential_malformed`, `credential_ambiguous`, `credential_in_query`.
 */
export function extractCredential(request: IncomingRequest, cookie?: string, acceptsForeign = false): string {
  refuseCredentialInQuery(request.url)
  const authorization = onlyOne(request.headers['authorization'])
  const apiKey = onlyOne(request.headers['x-api-key'])
  const fromCookie = cookie === undefined ? undefined : findCookie(request.headers['cookie'], cookie)
  const carriers = Number(authorization !== undefined) + Number(apiKey !== undefined) + Number(fromCookie !== undefined)
  if (carriers > 1) return refuse('credential_ambiguous')
  if (authorization !== undefined) return readAuthorization(authorization, acceptsForeign ? IMPORTED_BEARER : BEARER)
  const text = apiKey ?? fromCookie ?? refuse('credential_missing')
  if (text.length > MAX_PRESENTED_LENGTH) return refuse('credential_malformed', { reason: 'too long' })
  return text
}

function onlyOne(header: string | readonly string[] | undefined): string | undefined {
  if (header === undefined || typeof header === 'string') return header
  if (header.length > 1) return refuse('credential_ambiguous', { reason: 'a header sent twice' })
  return header[0]
}

function readAuthorization(header: string, form: RegExp): string {
  if (header.length > MAX_PRESENTED_LENGTH) return refuse('credential_malformed', { reason: 'too long' })
  const token = form.exec(header)?.[1]
  if (token !== undefined) return token
  if (OTHER_SCHEME.test(header) && !/^bearer/i.test(header)) {
    return refuse('credential_missing', { detail: 'The Authorization header must use the Bearer scheme: "Authorization: Bearer <credential>".' })
  }
  return refuse('credential_malformed', { detail: 'Write the header as "Authorization: Bearer <credential>", with one credential and nothing after it.' })
}

/** RFC 6265 §4.2.1; quotes around the value are not taken off, because no credential of ours needs them. */
function findCookie(header: string | readonly string[] | undefined, name: string): string | undefined {
  if (header === undefined) return undefined
  const pairs = (typeof header === 'string' ? header : header.join(';')).split(';').map((pair) => pair.trim())
  const values = pairs.filter((pair) => pair.startsWith(`${name}=`)).map((pair) => pair.slice(name.length + 1))
  if (values.length > 1) return refuse('credential_ambiguous', { reason: 'the cookie was sent twice' })
  return values[0]
}

/** K13: what stands in an address stands in logs, histories and referrers. RFC 6750 §2.3 is not supported, as RFC 9700 §4.3.2 asks. */
function refuseCredentialInQuery(url: string): void {
  const at = url.indexOf('?')
  if (at < 0 || url.length - at <= SHORTEST_IN_QUERY) return
  for (const [name, value] of new URLSearchParams(url.slice(at + 1))) {
    if (name.toLowerCase() === 'access_token' || value.search(CREDENTIAL_PATTERN) >= 0 || name.search(CREDENTIAL_PATTERN) >= 0) {
      refuse('credential_in_query', { reason: `parameter ${name.search(CREDENTIAL_PATTERN) >= 0 ? '(a credential itself)' : name.slice(0, 32)}` })
    }
  }
}
