/** The event of a refusal: who was refused what, from where, and why (E1). Holds nothing a stranger could make long, and no credential. */
import { type NewEvent, type Origin, type Refusal, redactCredentials } from '@latchwork/kernel'

/** What the server knows of a refused request. */
export interface RefusedRequest {
  readonly origin: Origin
  /** Who asked, if that was known before the refusal; anonymous if absent. */
  readonly actor?: NewEvent['actor']
  /** The pattern of the route, such as `POST /token`; never the address as sent. */
  readonly route?: string
  /** Leads from the answer to the log. */
  readonly reference?: string
  /** First 8 and last 4 characters of the credential that was presented, if there was one. Asked only where the refusal is written singly. */
  readonly fingerprint?: () => string | undefined
}

const MAX_TEXT = 256

export function refusedEvent(refusal: Refusal, request: RefusedRequest, at: number): NewEvent {
  const { address, userAgent } = request.origin
  const fingerprint = request.fingerprint?.()
  const details = { why: refusal.reason, route: request.route, reference: request.reference }
  const data = Object.fromEntries(Object.entries(details).flatMap(([name, text]) => (text === undefined ? [] : [[name, bounded(text)]])))
  return {
    type: 'request.refused',
    at,
    actor: request.actor ?? { kind: 'anonymous' },
    ...(address === undefined ? {} : { address: bounded(address) }),
    ...(userAgent === undefined ? {} : { userAgent: bounded(userAgent) }),
    ...Object.fromEntries(Object.entries(refusal.about).map(([name, id]) => [name, bounded(id)])),
    ...(fingerprint === undefined ? {} : { fingerprint: bounded(fingerprint) }),
    reason: refusal.code,
    ...(Object.keys(data).length === 0 ? {} : { data }),
  }
}

/**
 * Redacts before it cuts, so that no half of a credential slips through, and leaves nothing that an engine would not store: one such event would hold up all that
 * come after it.
 */
function bounded(text: string): string {
  const redacted = redactCredentials(text.slice(0, 8 * MAX_TEXT)).slice(0, MAX_TEXT)
  return redacted.toWellFormed().replace(/\p{Cc}/gu, '\ufffd')
}
