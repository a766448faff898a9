/** A handler of `node:http` that only callers who are known, and may, get through to. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { type Principal, Refusal } from '@latchwork/kernel'
import type { Authenticator, Needs } from './authenticate.ts'
import { type Challenge, type ChallengeOptions, challengeFor } from './challenge.ts'
import { fromNodeRequest } from './incoming-request.ts'

export type ProtectedHandler = (request: IncomingMessage, response: ServerResponse, principal: Principal) => void | Promise<void>

/**
 * Authenticates, then hands over to the handler; a refusal is answered with its challenge. A handler that throws a `Refusal` is answered likewise, one that fails otherwise with 500.
 *
 * @example
 * createServer(protect(verifier, { scopes: ['notes:read'] }, (request, response, caller) => response.end(`Hello ${caller.subject}`)))
 */
export function protect(
  verifier: Pick<Authenticator, 'authenticate'>,
  needs: Needs,
  handler: ProtectedHandler,
  options: ChallengeOptions = {},
): RequestListener {
  return async (request, response) => {
    try {
      const principal = await verifier.authenticate(fromNodeRequest(request), needs)
      await handler(request, response, principal)
    } catch (error) {
      // What is no refusal is a fault of ours or the handler's: it is told to the log, and to the caller only that there was one.
      if (!(error instanceof Refusal)) console.error(error)
      answer(response, challengeFor(error instanceof Refusal ? error : new Refusal('internal'), options))
    }
  }
}

function answer(response: ServerResponse, challenge: Challenge): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  response.writeHead(challenge.status, challenge.headers).end(JSON.stringify(challenge.body))
}
