/**
 * What counts as one place on the net: an IPv4 address, or the /64 of an IPv6 address, which is the least that one household or machine is given (RFC 6177 §2):
 * whoever has one address there has 2⁶⁴ of them.
 */
import { isIPv4, isIPv6 } from 'node:net'

/** The one bucket of everything that is no address. */
export const UNKNOWN_NETWORK = 'unknown'

/** One key for every spelling of one address: `192.0.2.1`, or `2001:db8:0:1::/64`. IPv4 in IPv6 (`::ffff:…`, RFC 4291 §2.5.5.2) is the IPv4 address. */
export function networkOf(address: string | undefined): string {
  if (address === undefined || address.length > 64) return UNKNOWN_NETWORK
  if (isIPv4(address)) return address
  if (!isIPv6(address)) return UNKNOWN_NETWORK
  const groups = groupsOf(address)
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) return dottedQuad(groups[6] ?? 0, groups[7] ?? 0)
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`
}

/** The eight groups of a valid IPv6 address, without its zone (RFC 4007 §11). */
function groupsOf(address: string): readonly number[] {
  const [unzoned = ''] = address.split('%', 1)
  const [head = '', tail] = unzoned.split('::')
  const before = groupsIn(head)
  const after = tail === undefined ? [] : groupsIn(tail)
  return [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after]
}

function groupsIn(text: string): readonly number[] {
  if (text === '') return []
  return text.split(':').flatMap((group) => (group.includes('.') ? groupsOfQuad(group) : [Number.parseInt(group, 16)]))
}

function groupsOfQuad(quad: string): readonly number[] {
  const [a = 0, b = 0, c = 0, d = 0] = quad.split('.').map(Number)
  return [a * 256 + b, c * 256 + d]
}

function dottedQuad(high: number, low: number): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}
