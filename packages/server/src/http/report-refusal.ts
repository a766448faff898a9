/** What the log and the record of events keep of a refusal. */

import type { Refusal } from '@latchwork/kernel'
import type { FastifyBaseLogger } from 'fastify'
import type { ArrivedRequest } from './arrived-request.ts'
import type { Site } from './site.ts'

/** Never throws, never waits. A fault of ours is an error in the log; what was rightly refused, or is a client's to mend, stands there for who looks for it. */
export function reportRefusal(site: Site, log: FastifyBaseLogger, refusal: Refusal, request: ArrivedRequest): void {
  if (refusal.status >= 500 && refusal.code !== 'client_keys_unreachable')
    log.error({ ...reportOf(refusal, request), err: refusal.code === 'internal' ? refusal.cause : (refusal.cause ?? refusal) }, refusal.title)
  else log.debug(reportOf(refusal, request), 'refused')
  site.recordRefusal(refusal, request)
}

function reportOf(refusal: Refusal, request: ArrivedRequest) {
  return {
    reference: request.id,
    code: refusal.code,
    reason: refusal.reason,
    method: request.method,
    route: request.routeOptions.url,
    ...refusal.about,
  }
}
