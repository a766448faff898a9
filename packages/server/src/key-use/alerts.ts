/** How alerts leave this server: one port, an adapter for each channel. */
import type { AlertDelivery } from '@latchwork/api-keys'

export interface Alerts {
  /** Hands the alert over, in words for the log of deliveries. @throws Error when it was not taken: it is tried again later. */
  readonly deliver: (delivery: AlertDelivery) => Promise<string>
  readonly close: () => void
}

/** Wire form of an alert, the same for every channel and for years. */
export function wireOf({ id, alert }: AlertDelivery) {
  const { kind, message, at, keyId, keyName, fingerprint, accountId, environment, data } = alert
  return {
    type: kind === 'leaked' ? 'key.leaked' : 'key.alert',
    id: alert.id,
    deliveryId: id,
    at: new Date(at).toISOString(),
    kind,
    message,
    key: { id: keyId, name: keyName, fingerprint, accountId, environment },
    data,
  }
}
