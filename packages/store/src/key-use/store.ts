/** The ports of the use of keys. */
import type { KeyUseStore, UseOutcome } from '@latchwork/api-keys'
import type { Act } from '../act.ts'
import type { Dialect, Engine } from '../engine.ts'
import { recordUse } from './record-use.ts'

export function keyUseStore({ dialect, read, act }: Engine): KeyUseStore {
  const { db } = dialect
  return {
    recordUse: (report, judge) => act(() => recordUse(dialect, report, judge)),
    async listHours(keyId, from, to) {
      const rows = await read(
        db
          .selectFrom('key_use_hours')
          .select(['hour', 'outcome', 'count'])
          .where('key_id', '=', keyId)
          .where('hour', '>=', from)
          .where('hour', '<', to)
          .orderBy('hour')
          .orderBy('outcome')
          .compile(),
      )
      return rows.map(({ outcome, ...row }) => ({ ...row, outcome: outcome as UseOutcome }))
    },
    async listNetworks(keyId) {
      const [networks, [habit]] = await Promise.all([
        read(
          db
            .selectFrom('key_networks')
            .select(['network', 'first_seen_at as firstSeenAt', 'last_seen_at as lastSeenAt'])
            .where('key_id', '=', keyId)
            .orderBy('last_seen_at', 'desc')
            .orderBy('network')
            .compile(),
        ),
        read(db.selectFrom('key_habits').select('networks_beyond as beyond').where('key_id', '=', keyId).compile()),
      ])
      return { networks: networks.map((sighting) => ({ ...sighting })), beyond: habit?.beyond ?? 0 }
    },
    forgetUse: (before) => act(() => forgetUse(dialect, before)),
  }
}

function* forgetUse({ db }: Dialect, before: Parameters<KeyUseStore['forgetUse']>[0]): Act<void> {
  yield db.deleteFrom('key_use_hours').where('hour', '<', before.hours).compile()
  yield db.deleteFrom('key_alerts').where('hour', '<', before.hours).compile()
  yield db.deleteFrom('use_reporters').where('at', '<', before.reporters).compile()
  yield db.deleteFrom('alert_deliveries').where('next_at', 'is', null).where('ended_at', '<', before.deliveries).compile()
}
