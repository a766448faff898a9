/** A store for oidc-provider as its documentation asks for one, kept in memory, each call of which takes as long as one to a database. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider'

export function slowMemory(milliseconds: number): AdapterFactory {
  const rows = new Map<string, AdapterPayload>()
  const idsByUid = new Map<string, string>()
  const idsByUserCode = new Map<string, string>()
  return (model): Adapter => {
    const keyOf = (id: string) => `${model}:${id}`
    return {
      async upsert(id, payload) {
        await pause(milliseconds)
        rows.set(keyOf(id), structuredClone(payload))
        if (payload.uid !== undefined) idsByUid.set(keyOf(payload.uid), id)
        if (payload.userCode !== undefined) idsByUserCode.set(keyOf(payload.userCode), id)
      },
      async find(id) {
        await pause(milliseconds)
        return structuredClone(rows.get(keyOf(id)))
      },
      async findByUid(uid) {
        await pause(milliseconds)
        return structuredClone(rows.get(keyOf(idsByUid.get(keyOf(uid)) ?? '')))
      },
      async findByUserCode(userCode) {
        await pause(milliseconds)
        return structuredClone(rows.get(keyOf(idsByUserCode.get(keyOf(userCode)) ?? '')))
      },
      async consume(id) {
        await pause(milliseconds)
        const row = rows.get(keyOf(id))
        if (row !== undefined) row.consumed = Math.floor(Date.now() / 1000)
      },
      async destroy(id) {
        await pause(milliseconds)
        rows.delete(keyOf(id))
      },
      async revokeByGrantId(grantId) {
        await pause(milliseconds)
        for (const [key, row] of rows) if (row.grantId === grantId) rows.delete(key)
      },
    }
  }
}
