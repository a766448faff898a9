/**
 * What names a person at sign-in: an e-mail address in one canonical spelling.
 *
 * The whole address is lower-cased. RFC 5321 §2.4 lets the part before the `@` depend on case, but no provider of weight makes use of it, while two people told
 * apart by case alone would be an invitation to mistake one for the other: one account per address, however it is typed. Dots and `+tags` stay: only the
 * receiving host knows what they mean.
 */
import { holdsCredential, refuse } from '@latchwork/kernel'

/** RFC 5321 §4.5.3.1.3: a path has at most 256 octets, two of them brackets. */
const MAX_ADDRESS = 254
/** RFC 5321 §4.5.3.1.1. */
const MAX_LOCAL_PART = 64

/** The atoms of RFC 5322 §3.2.3, without `%` and `!`: relays read these as routes to somebody else (RFC 1123 §5.2.16). */
const LOCAL_PART = /^[a-z0-9#$&'*+/=?^_`{|}~-]+(?:\.[a-z0-9#$&'*+/=?^_`{|}~-]+)*$/
/** RFC 1123 §2.1: letters, digits, inner hyphens; at least two labels; the last is no number, so that no IP address passes for a name. */
const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/
const SURROUNDING_SPACE = /^[ \t\r\n]+|[ \t\r\n]+$/g

/**
 * Reads an e-mail address as typed and gives its canonical spelling. Only plain ASCII passes: what a mail system would normalise, unquote, split or route
 * later could reach somebody else than the person who was checked here. Internationalised domains are given in their `xn--` form.
 * @throws Refusal `identifier_invalid`.
 */
export function parseEmail(text: string): string {
  if (text.length > 2 * MAX_ADDRESS) return refuse('identifier_invalid', { reason: 'too_long' })
  const address = text.replace(SURROUNDING_SPACE, '')
  if (!isPlainAscii(address)) {
    return refuse('identifier_invalid', { reason: 'not_plain', detail: 'Give the e-mail address in plain letters without spaces, such as ada@example.com.' })
  }
  const at = address.indexOf('@')
  const [localPart, domain] = [address.slice(0, at).toLowerCase(), address.slice(at + 1).toLowerCase()]
  if (at < 1 || localPart.length > MAX_LOCAL_PART || address.length > MAX_ADDRESS) return refuse('identifier_invalid', { reason: 'form' })
  if (holdsCredential(address)) return refuse('identifier_invalid', { reason: 'credential' }) // it would be kept, shown and told (K3)
  if (!LOCAL_PART.test(localPart) || !DOMAIN.test(domain)) return refuse('identifier_invalid', { reason: 'form' })
  return `${localPart}@${domain}`
}

/** Printable ASCII without the space: nothing that NFKC would change, nothing invisible. */
function isPlainAscii(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text)
}
