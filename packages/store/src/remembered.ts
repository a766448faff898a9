/** What is read again and again and changes seldom, remembered as long as its tables are not written (`Engine.stampOf`); on engines that cannot tell, read each time. */
import { goOn, type Soon } from '@latchwork/kernel'
import type { Engine } from './engine.ts'

const MAX_REMEMBERED = 1000

/** @param tables every table the read looks into. What is given back is shared: it must not be changed. */
export function remembered<V>(engine: Engine, tables: readonly string[], read: (key: string) => Soon<V | undefined>): (key: string) => Soon<V | undefined> {
  const { stampOf } = engine
  if (stampOf === undefined) return read
  const known = new Map<string, V>()
  let stamp = ''
  return (key) => {
    const now = stampOf(tables)
    if (now !== stamp) known.clear()
    stamp = now
    const found = known.get(key)
    if (found !== undefined) return found
    return goOn(read(key), (value) => {
      if (value !== undefined && stampOf(tables) === now && known.size < MAX_REMEMBERED) known.set(key, value)
      return value
    })
  }
}
