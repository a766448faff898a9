/** One alert: at most one per key, kind and hour, held by the key of a table; an event, and a line in the outbox for each channel. */
import type { Alert, AlertChannel, Anomaly, KeyUse } from '@latchwork/api-keys'
import { newId } from '@latchwork/kernel'
import { type Act, rowOf } from '../act.ts'
import { jsonOf } from '../columns.ts'
import type { Dialect } from '../engine.ts'
import { writeEvents } from '../journal.ts'
import type { KnownKey } from './habits.ts'

const HOUR_MS = 3_600_000

export function* writeAlert(dialect: Dialect, key: KnownKey, use: KeyUse, anomaly: Anomaly, now: number, channels: readonly AlertChannel[]): Act<boolean> {
  const { db } = dialect
  const id = newId('alert', now)
  const first = yield* rowOf(
    db
      .insertInto('key_alerts')
      .values({ key_id: key.id, kind: anomaly.kind, hour: use.minute - (use.minute % HOUR_MS), alert_id: id })
      .onConflict((conflict) => conflict.columns(['key_id', 'kind', 'hour']).doNothing())
      .returning('alert_id')
      .compile(),
  )
  if (first === undefined) return false
  const { accountId, environment, fingerprint, name: keyName } = key
  const { kind, message, data } = anomaly
  yield* writeEvents(dialect, [
    {
      type: 'key.alert',
      at: now,
      actor: { kind: 'system' },
      accountId,
      credentialId: key.id,
      fingerprint,
      ...(use.lastAddress === undefined ? {} : { address: use.lastAddress }),
      ...(use.lastUserAgent === undefined ? {} : { userAgent: use.lastUserAgent }),
      reason: kind,
      data: { alert: id, message, ...data },
    },
  ])
  const alert: Alert = { id, kind, message, at: now, keyId: key.id, accountId, keyName, fingerprint, environment, data }
  yield* queueAlert(dialect, alert, channels)
  return true
}

/** A line in the outbox for each channel. */
export function* queueAlert({ db }: Dialect, alert: Alert, channels: readonly AlertChannel[]): Act<void> {
  const { id, at } = alert
  for (const channel of channels) {
    yield db
      .insertInto('alert_deliveries')
      .values({
        id: `${id}.${channel}`,
        alert_id: id,
        channel,
        alert: jsonOf(alert),
        created_at: at,
        next_at: at,
        put_off_at: at,
        state: 'waiting',
        attempts: 0,
      })
      .compile()
  }
}
