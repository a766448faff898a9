/**
 * Where a request comes from, and whether it came encrypted: from the socket, and from forwarding headers only across configured trusted proxies
 * (design, decision 6; K8, V5).
 */

import { isIP } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { isInNetworks, type Origin, parseNetwork } from '@latchwork/kernel'
import { isLoopbackAddress } from '@latchwork/verify'
import type { ArrivedRequest } from './arrived-request.ts'

export interface TrustedProxies {
  readonly trusts: (address: string) => boolean
}

export { isLoopbackAddress }

/** @param entries addresses or CIDR blocks, checked by the configuration; empty trusts nobody. */
export function trustedProxies(entries: readonly string[]): TrustedProxies {
  const networks = entries.map(parseNetwork)
  return { trusts: (address) => networks.length > 0 && isInNetworks(networks, address) }
}

/** The last address that no trusted proxy vouches for; forged ones stand further left and are never reached. */
export function clientAddress(request: ArrivedRequest, proxies: TrustedProxies): string {
  let address = plain(request.raw.socket.remoteAddress ?? '')
  if (!proxies.trusts(address)) return address
  const forwarded = [request.headers['x-forwarded-for'] ?? []].flat().join(',').split(',')
  for (const hop of forwarded.reverse()) {
    const candidate = plain(hop.trim())
    if (isIP(candidate) === 0) return address
    address = candidate
    if (!proxies.trusts(address)) return address
  }
  return address
}

export function isEncrypted(request: ArrivedRequest, proxies: TrustedProxies): boolean {
  if ((request.raw.socket as TLSSocket).encrypted === true) return true
  return proxies.trusts(plain(request.raw.socket.remoteAddress ?? '')) && request.headers['x-forwarded-proto'] === 'https'
}

export function originOf(request: ArrivedRequest, proxies: TrustedProxies): Origin {
  const userAgent = request.headers['user-agent']?.slice(0, 256)
  return { address: clientAddress(request, proxies), ...(userAgent === undefined ? {} : { userAgent }) }
}

function plain(address: string): string {
  return address.startsWith('::ffff:') ? address.slice(7) : address
}
