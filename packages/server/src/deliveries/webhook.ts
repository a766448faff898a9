/** A signed webhook: the signature that alerts have, over a body that holds the key. Over https alone; the same delivery id on every attempt. */
import type { WebhookTarget } from '../config/delivery-target.ts'
import { signatureOf } from '../key-use/webhook-alerts.ts'
import { type AdapterParts, isDone, readCredential, refusedBy, type TargetAdapter } from './target-adapter.ts'

export function webhookAdapter(target: WebhookTarget, { fetch, now }: AdapterParts): TargetAdapter {
  return {
    faultOf: () => undefined,
    async deliver({ id, path, secret, keyId, accountId, environment, name }) {
      const key = { id: keyId, name, accountId, environment, fingerprint: secret.fingerprint }
      const body = JSON.stringify({ type: 'key.rotated', deliveryId: id, at: new Date(now()).toISOString(), path, key, secret: secret.reveal() })
      const signedWith = await readCredential(target.secret, 'the signing secret')
      const answer = await fetch(target.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'latchwork-signature': signatureOf(body, signedWith, Math.floor(now() / 1000)),
          'latchwork-delivery': id,
        },
        body,
      })
      if (isDone(answer)) return `answered ${answer.status}`
      throw refusedBy('The receiver', answer)
    },
  }
}
