/**
 * Where a request comes from, and whether it came encrypted: from the socket, and from forwarding headers only across proxies that are named (K8, V5, design decision 6).
 * `Forwarded`, `X-Real-IP` and their like are never read.
 */
import { canonicalAddress, isInNetworks, parseNetwork } from '@latchwork/kernel'

/** What of a request says where it comes from; see `IncomingRequest`. */
interface Arrival {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly secure: boolean
  readonly loopback: boolean
  readonly remoteAddress?: string | undefined
}

const known = new WeakMap<readonly string[], readonly string[]>()
const LOOPBACK: readonly string[] = ['127.0.0.0/8', '::1/128'] // RFC 1122 §3.2.1.3, RFC 4291 §2.5.3
const MAX_HOPS = 64

/** @throws Refusal `network_invalid`; TypeError for a block that holds everybody: then anybody could claim any address. */
export function readProxies(proxies: readonly string[]): readonly string[] {
  const read = known.get(proxies)
  if (read !== undefined) return read
  const canonical = proxies.map(parseNetwork)
  if (canonical.some((network) => network.endsWith('/0')))
    throw new TypeError('trustedProxies: name the proxies; a block of everybody would let anybody claim any address.')
  known.set(proxies, canonical)
  return canonical
}

/** The request as the nearest proxy that nobody trusted saw it; without an address where that is not known. */
export function clientOf<R extends Arrival>(request: R, proxies: readonly string[]): R {
  const { remoteAddress, headers } = request
  if (proxies.length === 0 || remoteAddress === undefined || !isInNetworks(proxies, remoteAddress)) return request
  const address = clientAddressOf(remoteAddress, headers['x-forwarded-for'], proxies)
  return {
    ...request,
    secure: request.secure || onlyValue(headers['x-forwarded-proto']) === 'https',
    remoteAddress: address,
    loopback: address !== undefined && isLoopbackAddress(address),
  }
}

/**
 * The last address that no trusted proxy vouches for, in its one spelling. Forged ones stand further left and are never reached. `undefined` where a trusted proxy named
 * what is no address: whoever that is, it is not the proxy, whose own address may open what the caller's does not.
 * @param proxies as `readProxies` gave them.
 */
export function clientAddressOf(peer: string, forwarded: string | readonly string[] | undefined, proxies: readonly string[]): string | undefined {
  let address = canonicalPeer(peer)
  if (address === undefined || proxies.length === 0 || !isInNetworks(proxies, address)) return address
  const hops = (typeof forwarded === 'string' ? forwarded : (forwarded ?? []).join(',')).split(',')
  for (let at = hops.length - 1; at >= 0; at--) {
    if (hops.length - at > MAX_HOPS) return undefined
    const hop = (hops[at] ?? '').trim()
    if (hop === '') continue // RFC 9110 §5.6.1.2: an empty element of a list is none
    address = addressIn(hop)
    if (address === undefined || !isInNetworks(proxies, address)) return address
  }
  return address
}

let lastPeer = ''
let lastCanonical: string | undefined

/** Most calls come from the same peer as the one before. */
function canonicalPeer(peer: string): string | undefined {
  if (peer !== lastPeer) {
    lastCanonical = canonicalAddress(peer)
    lastPeer = peer
  }
  return lastCanonical
}

const HOST_AND_PORT = /^(?:\[([^\]]*)\]|([\d.]+))(?::\d{1,5})?$/ // RFC 3986 §3.2.2: what stands in brackets is IPv6

/** Some proxies write the port too: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function addressIn(hop: string): string | undefined {
  const [, bracketed, quad] = HOST_AND_PORT.exec(hop) ?? []
  if (bracketed?.includes(':') === false) return undefined
  return canonicalAddress(bracketed ?? quad ?? hop)
}

function onlyValue(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : header?.length === 1 ? header[0] : undefined
}

/** This machine, in any spelling. */
export function isLoopbackAddress(address: string): boolean {
  return isInNetworks(LOOPBACK, address)
}
