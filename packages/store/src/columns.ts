/** Between values and columns: JSON texts, flags, and the absent. */
import type { Flag, Json } from './tables.ts'

export const flagOf = (value: boolean): Flag => (value ? 1 : 0)

export const jsonOf = (value: unknown): Json => JSON.stringify(value)

const MAX_LISTS = 1000
const lists = new Map<Json, readonly string[]>()

/** A list of words as it was stored. Frozen, and shared by all rows that say the same: thousands of keys have one list of scopes. */
export function wordsOf<T extends string = string>(json: Json): readonly T[] {
  let list = lists.get(json)
  if (list === undefined) {
    list = Object.freeze(JSON.parse(json) as string[])
    if (lists.size >= MAX_LISTS) lists.clear()
    lists.set(json, list)
  }
  return list as readonly T[]
}

type Present<T> = { [K in keyof T as null extends T[K] ? never : K]: T[K] } & { [K in keyof T as null extends T[K] ? K : never]?: NonNullable<T[K]> }

/** The record without what is null: absent properties are absent, not `undefined`. */
export function present<T extends object>(record: T): Present<T> {
  const there: Record<string, unknown> = {}
  for (const name in record) if (record[name] !== null && record[name] !== undefined) there[name] = record[name]
  return there as Present<T>
}
