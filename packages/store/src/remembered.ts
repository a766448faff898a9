/** What is read again and again and changes seldom, remembered as long as its tables are not written (`Engine.stampOf`); on engines that cannot tell, read each time. */
import { goOn, type Soon } from '@latchwork/kernel'
import type { Engine } from './engine.ts'

const MAX_REMEMBERED = 4000

/**
 * @param tables every table the read looks into. What is given back is shared: it must not be changed.
 * @param kind `changes` where new rows cannot alter what was found, because all rows that it is made of are there.
 */
export function remembered<V>(
  engine: Engine,
  tables: readonly string[],
  read: (key: string) => Soon<V | undefined>,
  kind: 'writes' | 'changes' = 'writes',
): (key: string) => Soon<V | undefined> {
  const { stampOf } = engine
  if (stampOf === undefined) return read
  const known = new Map<string, V>()
  let stamp = ''
  return (key) => {
    const now = stampOf(tables, kind)
    if (now !== stamp) known.clear()
    stamp = now
    const found = known.get(key)
    if (found !== undefined) return found
    return goOn(read(key), (value) => {
      if (value === undefined || stampOf(tables, kind) !== now) return value
      if (known.size >= MAX_REMEMBERED) known.delete(known.keys().next().value as string)
      known.set(key, value)
      return value
    })
  }
}
