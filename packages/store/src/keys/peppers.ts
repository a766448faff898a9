/** Which peppers keys are stored under, noted among the values that never change: by id, with a fingerprint of the secret. */
import type { NotedPepper } from '@latchwork/api-keys'
import { sql } from 'kysely'
import { type Act, rowOf, rowsOf } from '../act.ts'
import type { Dialect } from '../engine.ts'
import { fixValue } from '../oauth/fixed-value.ts'
import { isActive } from './conditions.ts'

const PREFIX = 'pepper '

export function* notePeppers(dialect: Dialect, current: NotedPepper | undefined, others: readonly NotedPepper[]): Act<readonly NotedPepper[]> {
  const noted = new Set((yield* listPeppers(dialect)).map(({ id }) => id))
  const used: NotedPepper[] = []
  for (const pepper of others) if (!noted.has(pepper.id) && (yield* isUsed(dialect, pepper.id))) used.push(pepper)
  for (const { id, fingerprint } of [...(current === undefined ? [] : [current]), ...used]) yield* fixValue(dialect, PREFIX + id, fingerprint)
  return yield* listPeppers(dialect)
}

function* listPeppers({ db }: Dialect): Act<readonly NotedPepper[]> {
  const rows = yield* rowsOf(db.selectFrom('fixed_values').select(['name', 'value']).where('name', 'like', `${PREFIX}%`).orderBy('name').compile())
  return rows.map(({ name, value }) => ({ id: name.slice(PREFIX.length), fingerprint: value }))
}

/** Looks at keys only where a pepper is noted that is not known. */
export function* peppersBeside(dialect: Dialect, known: readonly string[], now: number): Act<readonly string[]> {
  const beside: string[] = []
  for (const { id } of yield* listPeppers(dialect)) if (!known.includes(id) && (yield* isUsed(dialect, id, now))) beside.push(id)
  return beside
}

/** @param now for living keys alone. */
function* isUsed({ db }: Dialect, id: string, now?: number): Act<boolean> {
  const under = `${id}:`
  let keys = db.selectFrom('api_keys').select('id').where(sql`substr(digest, 1, cast(${under.length} as integer))`, '=', under).limit(1)
  if (now !== undefined) keys = keys.where(isActive(now))
  return (yield* rowOf(keys.compile())) !== undefined
}
