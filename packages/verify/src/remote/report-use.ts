/** Which answers of a verifier are reported as use of a key: those that were judged here. What the issuer judged, it has counted. */
import { type Principal, Refusal } from '@latchwork/kernel'
import { clientOf } from '../client-address.ts'
import type { IncomingRequest } from '../incoming-request.ts'
import { keyOutcomes } from '../key-outcomes.ts'
import type { UseReporter } from './use-reporter.ts'

/** Passes the answer on as it is. @param proxies as `readProxies` gave them. */
export async function reported(
  reporter: Pick<UseReporter, 'note'>,
  request: IncomingRequest,
  proxies: readonly string[],
  answer: Promise<Principal>,
): Promise<Principal> {
  try {
    const principal = await answer
    if (principal.mechanism === 'api_key' && principal.metering === undefined) note(principal.credentialId, 'valid')
    return principal
  } catch (error) {
    const keyId = error instanceof Refusal ? error.about.credentialId : undefined
    if (error instanceof Refusal && keyId?.startsWith('key_') === true && !Object.hasOwn(keyOutcomes, error.reason ?? '')) note(keyId, outcomeOf(error))
    throw error
  }

  function note(keyId: string, outcome: string): void {
    const agent = request.headers['user-agent']
    reporter.note(keyId, outcome, clientOf(request, proxies).remoteAddress, typeof agent === 'string' ? agent : undefined)
  }
}

/** The bearer is not told why; the owner is. */
function outcomeOf({ code, reason }: Refusal): string {
  return code === 'credential_invalid' && reason === 'revoked' ? reason : code
}
