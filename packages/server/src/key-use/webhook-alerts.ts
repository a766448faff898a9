/**
 * Alerts by webhook: a JSON body and a signature over it, so that the receiver knows who sent it and when.
 *
 *     Latchwork-Signature: t=1790000000,v1=<hex of HMAC-SHA-256(secret, "1790000000." + body)>
 *     Latchwork-Delivery: alr_….webhook        the same on every attempt: take each once
 */
import { createHmac } from 'node:crypto'
import type { Clock, Secret } from '@latchwork/kernel'
import type { GuardedFetch } from '../outbound/guarded-fetch.ts'
import { type Alerts, wireOf } from './alerts.ts'

export interface WebhookTarget {
  readonly url: string
  readonly secret: Secret
}

export function webhookAlerts(fetch: GuardedFetch, { url, secret }: WebhookTarget, clock: Clock): Alerts {
  return {
    async deliver(delivery) {
      const body = JSON.stringify(wireOf(delivery))
      const { status } = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'latchwork-signature': signatureOf(body, secret, Math.floor(clock.now() / 1000)),
          'latchwork-delivery': delivery.id,
        },
        body,
      })
      if (status < 200 || status > 299) throw new Error(`answered ${status}`)
      return `answered ${status}`
    },
    close: () => {},
  }
}

export function signatureOf(body: string, secret: Secret, seconds: number): string {
  return `t=${seconds},v1=${createHmac('sha256', secret.reveal()).update(`${seconds}.${body}`).digest('hex')}`
}
