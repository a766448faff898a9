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
  readonly remoteAddress?: string
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

/** The request as the nearest proxy that nobody trusted saw it: the last address that no trusted proxy vouches for. Forged ones stand further left and are never reached. */
export function clientOf<R extends Arrival>(request: R, proxies: readonly string[]): R {
  const { remoteAddress, headers } = request
  if (proxies.length === 0 || remoteAddress === undefined || !isInNetworks(proxies, remoteAddress)) return request
  const address = lastUntrusted(remoteAddress, headers['x-forwarded-for'], proxies)
  return {
    ...request,
    secure: request.secure || onlyValue(headers['x-forwarded-proto']) === 'https',
    remoteAddress: address,
    loopback: isLoopbackAddress(address),
  }
}

function lastUntrusted(peer: string, forwarded: string | readonly string[] | undefined, proxies: readonly string[]): string {
  const hops = (typeof forwarded === 'string' ? forwarded : (forwarded ?? []).join(',')).split(',')
  let address = canonicalAddress(peer) ?? peer
  for (let at = hops.length - 1; at >= Math.max(0, hops.length - MAX_HOPS); at--) {
    const hop = canonicalAddress((hops[at] ?? '').trim())
    if (hop === undefined) return address
    address = hop
    if (!isInNetworks(proxies, hop)) return address
  }
  return address
}

function onlyValue(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : header?.length === 1 ? header[0] : undefined
}

/** This machine, in any spelling. */
export function isLoopbackAddress(address: string): boolean {
  return isInNetworks(LOOPBACK, address)
}
