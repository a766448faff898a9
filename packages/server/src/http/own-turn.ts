/** Answers without a known end are not written behind others. */
import type { ServerResponse } from 'node:http'
import { Refusal } from '@latchwork/kernel'

/**
 * Call before the first byte. An answer that waits for others on its connection (pipelining, RFC 9112 §9.3.2) is kept in memory, and nothing tells it that the connection has ended.
 * @throws Refusal `request_malformed`.
 */
export function checkOwnTurn(raw: ServerResponse): void {
  if (raw.socket === null)
    throw new Refusal('request_malformed', {
      detail: 'Ask for this when the answers before it have come, or on another connection: it cannot wait behind them.',
    })
}
