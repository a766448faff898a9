/** The port of `api-keys`. */
import type { ApiKeysStore } from '@latchwork/api-keys'
import { sql } from 'kysely'
import { actOnce, findCall } from '../act-once.ts'
import type { Engine } from '../engine.ts'
import { createKey } from './create-key.ts'
import { creditSpending } from './credits.ts'
import { endKeysOfMember, revokeKey, setKeyEnd } from './end-keys.ts'
import { noteExpiring } from './expiring.ts'
import { credentialReads } from './find-key.ts'
import { importKeys } from './import-keys.ts'
import { keyColumns, keyOf } from './key-rows.ts'
import { listKeys } from './list-keys.ts'
import { notePeppers, peppersBeside } from './peppers.ts'
import { settlePlaces } from './places.ts'
import { overlapStarters, rollKeys, startOverlap } from './roll-keys.ts'
import { createRootKey, listRootKeys, revokeRootKey } from './root-keys.ts'
import { updateKey } from './update-key.ts'

export function apiKeysStore(engine: Engine): ApiKeysStore {
  const { dialect, read, act } = engine
  const { db } = dialect
  return {
    ...credentialReads(engine),
    createKey: (key, journal, bounds) => act(() => createKey(dialect, key, journal, bounds)),
    rollKeys: (rolls, now, journal, once) => act(() => rollKeys(dialect, rolls, now, journal, once)),
    settlePlaces: (now, limit) => act(() => settlePlaces(dialect, now, limit)),
    findOverlapStarters: async (keyIds) => (await read(overlapStarters(dialect, keyIds))).map(({ id }) => id),
    startOverlap: (successorId, now, journalOf) => act(() => startOverlap(dialect, successorId, now, journalOf)),
    setKeyEnd: (keyId, endsAt, now, journal, once) => act(() => actOnce(dialect, once, () => setKeyEnd(dialect, keyId, endsAt, now, journal))),
    updateKey: (keyId, changes, now, journal, { formerScopes, once } = {}) =>
      act(() => actOnce(dialect, once, () => updateKey(dialect, keyId, changes, now, journal, formerScopes))),
    importKeys: (keys, now, journal, bounds) => act(() => importKeys(dialect, keys, now, journal, bounds)),
    endKeysOfMember: (accountId, userId, reason, now, journalOf, once) =>
      act(() => actOnce(dialect, once, () => endKeysOfMember(dialect, accountId, userId, reason, now, journalOf))),
    spendCredits: creditSpending(engine),
    revokeKey: (keyId, reason, now, journal) => act(() => revokeKey(dialect, keyId, reason, now, journal)),
    noteExpiring: (before, now, most, journalOf) => act(() => noteExpiring(dialect, before, now, most, journalOf)),
    createRootKey: (key, journal, once) => act(() => createRootKey(dialect, key, journal, once)),
    revokeRootKey: (rootKeyId, now, journal) => act(() => revokeRootKey(dialect, rootKeyId, now, journal)),
    notePeppers: (current, others) => act(() => notePeppers(dialect, current, others)),
    findPeppersBeside: (known, now) => act(() => peppersBeside(dialect, known, now)),
    listKeys: (filter) => listKeys(engine, filter),
    listRootKeys: (filter) => listRootKeys(engine, filter),
    async findKey(keyId) {
      const [row] = await read(db.selectFrom('api_keys').select(keyColumns).where('id', '=', keyId).compile())
      return row && keyOf(row)
    },
    async hasImports() {
      return (await read(db.selectFrom('api_keys').select('id').where('imported', '=', sql.lit(1)).limit(1).compile())).length > 0
    },
    moveDigest: (keyId, from, to) =>
      act(function* () {
        yield db
          .updateTable('api_keys')
          .set({ digest: to })
          .where('id', '=', keyId)
          .where('digest', '=', from)
          .where(({ not, exists }) => not(exists(db.selectFrom('api_keys as other').select('other.id').where('other.digest', '=', to))))
          .compile()
      }),
    findCall: (once) => findCall(engine, once),
    forgetCalls: (now) =>
      act(function* () {
        yield db.deleteFrom('calls').where('until', '<=', now).compile()
      }),
  }
}
