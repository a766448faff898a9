/** A handler of `node:http` that only callers who are known, and may, get through to. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { type Principal, Refusal } from '@latchwork/kernel'
import type { Authenticator, Needs } from './authenticate.ts'
import { type Challenge, type ChallengeOptions, challengeFor } from './challenge.ts'
import { fromNodeRequest } from './incoming-request.ts'
import type { ProtectedResource } from './protected-resource.ts'
import { rateLimitFields } from './rate-limit-fields.ts'

export type ProtectedHandler = (request: IncomingMessage, response: ServerResponse, principal: Principal) => void | Promise<void>

export interface ProtectOptions extends ChallengeOptions {
  /** The API's metadata (RFC 9728): served at its path, to anybody, and named in every challenge unless `resourceMetadata` names another. */
  readonly resource?: ProtectedResource
}

/**
 * Authenticates, then hands over to the handler, with `RateLimit` and `RateLimit-Policy` set on the response where the credential has limits; a refusal is answered with its challenge. A handler that throws a `Refusal` is answered likewise, one that fails otherwise with 500.
 *
 * @example
 * createServer(protect(verifier, { scopes: ['notes:read'] }, (request, response, caller) => response.end(`Hello ${caller.subject}`)))
 */
export function protect(
  verifier: Pick<Authenticator, 'authenticate'>,
  needs: Needs,
  handler: ProtectedHandler,
  { resource, ...given }: ProtectOptions = {},
): RequestListener {
  const options: ChallengeOptions = resource === undefined ? given : { resourceMetadata: resource.url, ...given }
  const authenticated = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      const principal = await verifier.authenticate(fromNodeRequest(request), needs)
      tellLimits(response, principal, options)
      await handler(request, response, principal)
    } catch (error) {
      // What is no refusal is a fault of ours or the handler's: it is told to the log, and to the caller only that there was one.
      if (!(error instanceof Refusal)) console.error(error)
      answer(response, challengeFor(error instanceof Refusal ? error : new Refusal('internal'), options))
    }
  }
  return resource === undefined ? authenticated : (request, response) => resource.handler(request, response, () => void authenticated(request, response))
}

/** A caller whose credential has limits sees where they stand with every answer (K9). */
function tellLimits(response: ServerResponse, { metering }: Principal, { legacyRateLimitFields }: ChallengeOptions): void {
  if (metering === undefined) return
  for (const [name, value] of Object.entries(rateLimitFields(metering.limits, { legacy: legacyRateLimitFields === true }))) response.setHeader(name, value)
}

function answer(response: ServerResponse, challenge: Challenge): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  response.writeHead(challenge.status, challenge.headers).end(JSON.stringify(challenge.body))
}
