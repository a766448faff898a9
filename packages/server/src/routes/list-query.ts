/** What the queries of lists have in common. */
import type { ListFilter, Page, PageRequest } from '@latchwork/kernel'
import { type Static, type TSchema, Type } from '../json-schema.ts'
import { PageQuery, timeThat } from './schemas.ts'
import { timeOf } from './time-of.ts'

export const Id = Type.String({ minLength: 1, maxLength: 128 })

export const ListQuery = {
  ...PageQuery,
  name: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'Whose name holds this; ASCII letters in either case.' })),
  createdSince: Type.Optional(timeThat('Made at this time or later.')),
  createdBefore: Type.Optional(timeThat('Made before this time.')),
}

export function stateOf<T extends string>(states: readonly [T, ...T[]], description: string) {
  return Type.Optional(Type.Enum([...states], { description }))
}

type Asked = { readonly [K in keyof typeof ListQuery]?: Static<(typeof ListQuery)[K] & TSchema> | undefined }

/** The rest of the query stays as it is. @throws Refusal `request_malformed`. */
export function listFilterOf<Q extends Asked>({ createdSince, createdBefore, limit = 50, ...rest }: Q): Omit<Q, keyof ListFilter> & ListFilter {
  const times = {
    ...(createdSince === undefined ? {} : { createdSince: timeOf(createdSince, 'createdSince') }),
    ...(createdBefore === undefined ? {} : { createdBefore: timeOf(createdBefore, 'createdBefore') }),
  }
  return { ...rest, limit, ...times } as unknown as Omit<Q, keyof ListFilter> & ListFilter
}

/** All of a list that is no longer than one person can make it. */
export async function everyItem<T>(list: (page: PageRequest) => Promise<Page<T>>): Promise<readonly T[]> {
  const items: T[] = []
  for (let place = {}; ; ) {
    const { items: more, next } = await list({ ...place, limit: 100 })
    items.push(...more)
    if (next === undefined) return items
    place = { after: next }
  }
}
