/**
 * Keeps one of the objects that Node makes for each `process.nextTick`. V8 forgets the shape of an object when a full collection finds none of it, and code that was compiled
 * for that shape then goes a slow way for ever: a twentieth of all that a busy server does was seen to be spent there.
 */
import { executionAsyncResource } from 'node:async_hooks'

const kept: object[] = []

/** @returns what is kept, once it is. */
export function keepTickShape(): Promise<object> {
  return new Promise((done) => {
    process.nextTick(() => {
      const tick = executionAsyncResource()
      if (kept.length === 0) kept.push(tick)
      done(tick)
    })
  })
}
