/** The port of `signing`. */
import type { SigningKeyRecord, SigningStore } from '@latchwork/signing'
import type { Selectable } from 'kysely'
import { present } from './columns.ts'
import type { Engine } from './engine.ts'
import { addSigningKey, moveSigningKey, promoteSigningKey, replacePrivateHalf, revokeSigningKey, withdrawSigningKey } from './signing-acts.ts'
import type { Tables } from './tables.ts'

export function signingStore({ dialect, read, act }: Engine): SigningStore {
  const all = dialect.db.selectFrom('signing_keys').selectAll().orderBy('created_at').orderBy('kid').compile()
  return {
    listSigningKeys: async () => (await read(all)).map(recordOf),
    addSigningKey: (key, journal) => act(() => addSigningKey(dialect, key, journal)),
    promoteSigningKey: (promotion, journal) => act(() => promoteSigningKey(dialect, promotion, journal)),
    moveSigningKey: (kid, activatesAt) => act(() => moveSigningKey(dialect, kid, activatesAt)),
    withdrawSigningKey: (kid, now, journal) => act(() => withdrawSigningKey(dialect, kid, now, journal)),
    revokeSigningKey: (revocation, journal) => act(() => revokeSigningKey(dialect, revocation, journal)),
    replacePrivateHalf: (kid, former, privateHalf) => act(() => replacePrivateHalf(dialect, kid, former, privateHalf)),
    forgetSigningKeys: async (withdrawnBefore) => {
      const isOld = dialect.db.selectFrom('signing_keys').select('kid').where('withdrawn_at', '<', withdrawnBefore).compile()
      if ((await read(isOld)).length === 0) return // looked for every minute, found once in a year
      const forgetting = dialect.db.deleteFrom('signing_keys').where('withdrawn_at', '<', withdrawnBefore).compile()
      await act(function* () {
        yield forgetting
      })
    },
  }
}

function recordOf(row: Selectable<Tables['signing_keys']>): SigningKeyRecord {
  const { kid, algorithm, state, sealed_private_key: sealed } = row
  return {
    kid,
    algorithm,
    state,
    publicJwk: JSON.parse(row.public_jwk) as SigningKeyRecord['publicJwk'],
    ...(sealed === '' ? {} : { privateHalf: sealed }),
    createdAt: row.created_at,
    activatesAt: row.activates_at,
    ...present({ retiredAt: row.retired_at, publishedUntil: row.published_until, withdrawnAt: row.withdrawn_at }),
  }
}
