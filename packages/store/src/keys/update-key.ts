/** Changing what a key may do. */
import type { ApiKey, KeyChanges } from '@latchwork/api-keys'
import type { Journal } from '@latchwork/kernel'
import { sql } from 'kysely'
import { type Act, rowOf } from '../act.ts'
import { jsonOf } from '../columns.ts'
import type { Dialect } from '../engine.ts'
import { writeJournal } from '../journal.ts'
import { isActive } from './conditions.ts'
import { creditValues, type KeyRow, keyColumns, keyOf, readKey } from './key-rows.ts'

export function* updateKey(
  dialect: Dialect,
  keyId: string,
  changes: KeyChanges,
  now: number,
  journal: Journal,
  formerScopes?: readonly string[],
): Act<ApiKey | undefined> {
  const { credits } = changes
  const row = yield* rowOf(
    dialect.db
      .updateTable('api_keys')
      .set(valuesOf(changes))
      .where('id', '=', keyId)
      .where(isActive(now))
      .where((eb) => (formerScopes === undefined ? eb.lit(true) : eb('scopes', '=', jsonOf(formerScopes))))
      .returning(keyColumns)
      .compile(),
  )
  if (row === undefined) return undefined
  if (credits === undefined) {
    yield* writeJournal(dialect, journal)
    return keyOf(row)
  }
  // One purse for a key and its successor: whoever remembers the other key reads it anew too.
  if (row.replaced_by !== null) yield dialect.db.updateTable('api_keys').set(creditValues(credits)).where('id', '=', row.replaced_by).compile()
  const others = [...(row.replaced_by === null ? [] : [row.replaced_by]), ...(yield* predecessorsOf(dialect, row, now))]
  const alike = others.flatMap((other) => journal.revocations.map((one) => ({ ...one, lifeline: `key:${other}` as const })))
  yield* writeJournal(dialect, { ...journal, revocations: [...journal.revocations, ...alike] })
  return yield* readKey(dialect, keyId)
}

function valuesOf({ name, scopes, roles, networks, limits, credits, expiresAt, externalId, metadata, disabledAt }: KeyChanges) {
  return {
    name: name === undefined ? sql.ref<string>('name') : name, // a statement has something to set, also where nothing changes
    ...(scopes === undefined ? {} : { scopes: jsonOf(scopes) }),
    ...(roles === undefined ? {} : { roles: jsonOf(roles) }),
    ...(networks === undefined ? {} : { networks: jsonOf(networks) }),
    ...(limits === undefined ? {} : { limits: jsonOf(limits) }),
    ...(credits === undefined ? {} : creditValues(credits)),
    ...(externalId === undefined ? {} : { external_id: externalId }),
    ...(metadata === undefined ? {} : { metadata: metadata === null ? null : jsonOf(metadata) }),
    ...(disabledAt === undefined ? {} : { disabled_at: disabledAt === null ? null : sql<number>`coalesce(disabled_at, cast(${disabledAt} as bigint))` }),
    // Never later than it was, also where two shorten it at once.
    ...(expiresAt === undefined
      ? {}
      : { expires_at: sql<number>`case when expires_at < cast(${expiresAt} as bigint) then expires_at else cast(${expiresAt} as bigint) end` }),
  }
}

function* predecessorsOf({ db }: Dialect, { id, account_id }: KeyRow, now: number): Act<readonly string[]> {
  const before = db.selectFrom('api_keys').select('id').where('account_id', '=', account_id).where('replaced_by', '=', id).where(isActive(now))
  return ((yield before.compile()) as readonly { readonly id: string }[]).map((row) => row.id)
}
