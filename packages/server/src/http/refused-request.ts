/** What is written down of a refused request: where from, which route, and the fingerprint of the credential it presented (E1, K12). */

import type { RefusedRequest } from '@latchwork/events'
import { fingerprintOf, parseCredential } from '@latchwork/kernel'
import type { ArrivedRequest } from './arrived-request.ts'
import { originOf, type TrustedProxies } from './client-address.ts'

export function refusedRequest(request: ArrivedRequest, proxies: TrustedProxies): RefusedRequest {
  return {
    origin: originOf(request, proxies),
    reference: request.id,
    route: `${request.method} ${request.routeOptions.url ?? '(none)'}`,
    fingerprint: () => presentedFingerprint(request),
  }
}

/** Only of what has the form and checksum of ours: four characters of something else could be the end of a stranger's password. */
function presentedFingerprint({ headers }: ArrivedRequest): string | undefined {
  const presented = headers.authorization?.split(' ').at(-1) ?? headers['x-api-key']
  return typeof presented === 'string' && parseCredential(presented) !== undefined ? fingerprintOf(presented) : undefined
}
