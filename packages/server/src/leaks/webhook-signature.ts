/**
 * The signature of the generic webhook: HMAC-SHA-256 over the time and the raw body, so that neither can be changed and nothing old can be sent again. Written as the
 * server's own webhooks write theirs.
 *
 *     Latchwork-Signature: t=1790000000,v1=<hex of HMAC-SHA-256(secret, "1790000000." + body)>
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { LeakDelivery } from '@latchwork/api-keys'
import { refuse, type Secret } from '@latchwork/kernel'

const SIGNATURE = /^t=(\d{10}),v1=([0-9a-f]{64})$/
const TOLERANCE_MS = 5 * 60_000

export interface WebhookSignature {
  /** As signed: seconds since the epoch. */
  readonly timestamp: string
  readonly mac: Buffer
}

/** The header, well-formed and of now: judged before a byte of the body is read. @throws Refusal `signature_invalid`. */
export function parseSignature(header: string | string[] | undefined, now: number): WebhookSignature {
  const [, timestamp, hex] = (typeof header === 'string' && SIGNATURE.exec(header)) || []
  if (timestamp === undefined || hex === undefined)
    return refuse('signature_invalid', {
      detail: 'Send Latchwork-Signature: t=<seconds>,v1=<hex of HMAC-SHA-256 over "<seconds>." and the body>.',
      reason: 'no signature',
    })
  if (Math.abs(now - Number(timestamp) * 1000) > TOLERANCE_MS)
    return refuse('signature_invalid', {
      detail: 'The timestamp is more than 5 minutes from now: sign anew, with a clock that is right.',
      reason: 'not of now',
    })
  return { timestamp, mac: Buffer.from(hex, 'hex') }
}

/** What makes the delivery one of its kind, for the memory of deliveries. @throws Refusal `signature_invalid`. */
export function proveSignature(secret: Secret, { timestamp, mac }: WebhookSignature, body: Buffer): LeakDelivery {
  const expected = createHmac('sha256', secret.reveal()).update(`${timestamp}.`).update(body).digest()
  if (!timingSafeEqual(expected, mac)) return refuse('signature_invalid', { reason: 'another signature' })
  return { id: expected.toString('base64url'), until: Number(timestamp) * 1000 + TOLERANCE_MS + 1000 }
}
