/** The outbox of alerts: written in the act that saw them, emptied by whichever node comes first. */
import type { Alert, AlertDelivery, AlertOutbox, DeliveryRecord } from '@latchwork/api-keys'
import { type Act, rowsOf } from '../act.ts'
import { present } from '../columns.ts'
import { pageOf, parsePlace } from '../cursor.ts'
import type { Dialect, Engine } from '../engine.ts'
import { takeDue } from '../put-off.ts'

export function alertOutbox({ dialect, read, act }: Engine): AlertOutbox {
  const { db } = dialect
  return {
    claimDeliveries: (now, leaseUntil, limit) => act(() => claim(dialect, now, leaseUntil, limit)),
    settleDelivery: (id, { state, at, nextAt, note }) =>
      act(function* () {
        yield db
          .updateTable('alert_deliveries')
          .set(
            state === 'waiting'
              ? { state, note, next_at: nextAt ?? at, put_off_at: at, ended_at: null }
              : { state, note, next_at: null, put_off_at: null, ended_at: at },
          )
          .where('id', '=', id)
          .where('state', '=', 'waiting')
          .compile()
      }),
    async listDeliveries({ state, channel, ...page }) {
      let query = db
        .selectFrom('alert_deliveries')
        .select(['seq', 'id', 'alert_id as alertId', 'channel', 'attempts', 'created_at as createdAt', 'next_at as nextAt', 'state', 'ended_at as endedAt'])
        .select('note as lastOutcome')
        .where('seq', '<', parsePlace('deliveries', page))
        .orderBy('seq', 'desc')
        .limit(page.limit + 1)
      if (state !== undefined) query = query.where('state', '=', state)
      if (channel !== undefined) query = query.where('channel', '=', channel)
      return pageOf(
        'deliveries',
        await read(query.compile()),
        page.limit,
        ({ seq: _seq, nextAt, endedAt, lastOutcome, ...rest }): DeliveryRecord => ({ ...rest, ...present({ nextAt, endedAt, lastOutcome }) }),
      )
    },
  }
}

/** Each line is put off until the lease ends, in the act that hands it out: a node that dies with it has only delayed it. */
function* claim({ name, db }: Dialect, now: number, leaseUntil: number, limit: number): Act<readonly AlertDelivery[]> {
  const rows = yield* takeDue(now, function* (isDue) {
    const due = db.selectFrom('alert_deliveries').select('seq').where(isDue).orderBy('next_at').orderBy('seq').limit(limit)
    return yield* rowsOf(
      db
        .updateTable('alert_deliveries')
        .set((eb) => ({ next_at: leaseUntil, put_off_at: now, attempts: eb('attempts', '+', 1) }))
        .where('seq', 'in', name === 'postgres' ? due.forUpdate().skipLocked() : due)
        .where(isDue)
        .returning(['id', 'channel', 'alert', 'attempts'])
        .compile(),
    )
  })
  return rows.map(({ alert, ...row }) => ({ ...row, alert: JSON.parse(alert) as Alert }))
}
