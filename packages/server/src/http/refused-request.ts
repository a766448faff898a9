/** What is written down of a refused request: who called and from where, which route, and the fingerprint of the credential it presented (E1, K12). */

import type { RefusedRequest } from '@latchwork/events'
import { fingerprintOf, type NewEvent, type Principal, parseCredential, type Refusal } from '@latchwork/kernel'
import type { ArrivedRequest } from './arrived-request.ts'
import { originOf, type TrustedProxies } from './client-address.ts'

export function refusedRequest(refusal: Refusal, request: ArrivedRequest, proxies: TrustedProxies): RefusedRequest {
  const { caller } = request
  const actor = caller == null ? rootKeyWithout(refusal) : actorOf(caller)
  return {
    origin: originOf(request, proxies),
    ...(actor === undefined ? {} : { actor }),
    reference: request.id,
    route: `${request.method} ${request.routeOptions.url ?? '(none)'}`,
    fingerprint: () => (isAboutAnother(refusal, caller) ? undefined : presentedFingerprint(request)),
  }
}

/** As in the events of what they did: a root key, or the person behind a session. */
function actorOf({ mechanism, subject }: Principal): NewEvent['actor'] {
  return { kind: mechanism === 'root_key' ? 'root_key' : 'user', id: subject }
}

/** Scopes are judged last: who lacks one was proven in all else. */
function rootKeyWithout({ code, about: { credentialId } }: Refusal): NewEvent['actor'] | undefined {
  return code === 'scope_insufficient' && credentialId?.startsWith('root_') === true ? { kind: 'root_key', id: credentialId } : undefined
}

/** Whether the event names another credential than the caller's: beside that id the caller's fingerprint would be a lie. Who was not proven was refused for their own. */
function isAboutAnother({ about: { credentialId } }: Refusal, caller: Principal | null | undefined): boolean {
  return caller != null && credentialId !== undefined && credentialId !== caller.credentialId
}

/** Only of what has the form and checksum of ours: four characters of something else could be the end of a stranger's password. */
function presentedFingerprint({ headers }: ArrivedRequest): string | undefined {
  const presented = headers.authorization?.split(' ').at(-1) ?? headers['x-api-key']
  return typeof presented === 'string' && parseCredential(presented) !== undefined ? fingerprintOf(presented) : undefined
}
