/** HTTP Basic as clients use it (RFC 6749 §2.3.1, RFC 7617). */
import { refuse } from '@latchwork/kernel'

const BASIC = /^Basic ([A-Za-z0-9+/]+={0,2})$/i
const PLAIN = /^[A-Za-z0-9._-]+$/
const FORM_ENCODED = /^(?:[\x21-\x24\x26-\x7e]|%(?!00)[0-9A-Fa-f]{2})+$/ // no null character: a database may not take it

/** Id and secret are form-encoded before they are joined; an empty secret is none, as in the form (RFC 6749 §2.3.1). @throws Refusal `client_authentication_failed`. */
export function readBasic(authorization: string): { readonly clientId: string; readonly secret?: string } {
  const encoded = BASIC.exec(authorization)?.[1]
  const text = encoded === undefined ? '' : decodeCanonical(encoded)
  const colon = text.indexOf(':')
  const clientId = decodeForm(text.slice(0, Math.max(colon, 0)))
  if (colon < 1 || clientId === undefined) return refuseMalformed()
  if (colon === text.length - 1) return { clientId }
  return { clientId, secret: decodeForm(text.slice(colon + 1)) ?? refuseMalformed() }
}

function refuseMalformed(): never {
  return refuse('client_authentication_failed', { reason: 'malformed Basic' })
}

/** Empty where there are spare bits: one credential has one spelling (RFC 4648 §3.5). Padding may be left away. */
function decodeCanonical(encoded: string): string {
  const bytes = Buffer.from(encoded, 'base64')
  const canonical = bytes.toString('base64')
  return canonical === encoded || unpadded(canonical) === unpadded(encoded) ? bytes.toString('latin1') : ''
}

function unpadded(encoded: string): string {
  return encoded.replace(/=+$/, '')
}

function decodeForm(text: string): string | undefined {
  if (PLAIN.test(text)) return text
  if (!FORM_ENCODED.test(text)) return undefined
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}
