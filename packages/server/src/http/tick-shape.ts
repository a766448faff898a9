/**
 * Keeps one of the objects that Node makes for each `process.nextTick`. V8 forgets the shape of an object when a full collection finds none of it, and code that was compiled
 * for that shape then goes a slow way for ever: a twentieth of all that a busy server does was seen to be spent there. (A hook shows the object and is taken away again;
 * `executionAsyncResource` would show it too, but makes every later callback dearer.)
 */
import { createHook } from 'node:async_hooks'

let kept: object | undefined

/** @returns what is kept. */
export function keepTickShape(): object | undefined {
  if (kept !== undefined) return kept
  const hook = createHook({
    init: (_id, type, _trigger, resource) => {
      if (type === 'TickObject') kept ??= resource
    },
  })
  hook.enable()
  process.nextTick(() => {})
  hook.disable()
  return kept
}
