/**
 * Where a request comes from, and whether it came encrypted: from the socket, and from forwarding headers only across configured trusted proxies
 * (design, decision 6; K8, V5).
 */

import type { TLSSocket } from 'node:tls'
import { isInNetworks, type Origin, parseNetwork, redactCredentials } from '@latchwork/kernel'
import { clientAddressOf, isLoopbackAddress } from '@latchwork/verify'
import type { ArrivedRequest } from './arrived-request.ts'

export interface TrustedProxies {
  /** Canonical. */
  readonly networks: readonly string[]
  readonly trusts: (address: string) => boolean
}

/** @param entries addresses or CIDR blocks, checked by the configuration; empty trusts nobody. */
export function trustedProxies(entries: readonly string[]): TrustedProxies {
  const networks = entries.map(parseNetwork)
  return { networks, trusts: (address) => networks.length > 0 && isInNetworks(networks, address) }
}

/** As the SDK finds it, one spelling of each; `undefined` where it is not known: then it is in no network, and not this machine. */
export function clientAddress(request: ArrivedRequest, proxies: TrustedProxies): string | undefined {
  return clientAddressOf(request.raw.socket.remoteAddress ?? '', request.headers['x-forwarded-for'], proxies.networks)
}

/** Whether it comes from this machine; a caller nobody knows does not. */
export function isFromHere(request: ArrivedRequest, proxies: TrustedProxies): boolean {
  const address = clientAddress(request, proxies)
  return address !== undefined && isLoopbackAddress(address)
}

export function isEncrypted(request: ArrivedRequest, proxies: TrustedProxies): boolean {
  if ((request.raw.socket as TLSSocket).encrypted === true) return true
  return proxies.trusts(request.raw.socket.remoteAddress ?? '') && request.headers['x-forwarded-proto'] === 'https'
}

const MAX_USER_AGENT = 256

/** It is written down with whatever comes of the request: a credential that somebody put there is not (K3). */
export function originOf(request: ArrivedRequest, proxies: TrustedProxies): Origin {
  const sent = request.headers['user-agent']
  const userAgent = sent === undefined ? undefined : redactCredentials(sent.slice(0, 8 * MAX_USER_AGENT)).slice(0, MAX_USER_AGENT)
  const address = clientAddress(request, proxies)
  return { ...(address === undefined ? {} : { address }), ...(userAgent === undefined ? {} : { userAgent }) }
}
