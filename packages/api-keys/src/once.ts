/** Calls that act once are kernel's; here for those who name them by this mechanism. */
import { type Answered, answeredBy, type Once, Refusal } from '@latchwork/kernel'
import type { ApiKeysStore } from './store.ts'

export { type Answered, answeredBy, CALL_MEMORY_MS, type CallName, onceOf, repeatedAnswer } from '@latchwork/kernel'

/**
 * What the same call answered, if it was made before: asked first where the call could be refused now that it is done.
 * @throws Refusal `idempotency_key_reused`.
 */
export async function answeredBefore<T>(store: Pick<ApiKeysStore, 'findCall'>, once: Once | undefined): Promise<Answered<T> | undefined> {
  const before = once === undefined ? undefined : await store.findCall<T>(once)
  return before === undefined ? undefined : answeredBy<T>(before)
}

/** Runs what notes the call in its act; where it is refused because the same call was made before, at this moment perhaps, the answer is what that one answered. */
export async function answerOnce<T>(store: Pick<ApiKeysStore, 'findCall'>, once: Once | undefined, run: () => Promise<Answered<T>>): Promise<Answered<T>> {
  const before = await answeredBefore<T>(store, once)
  if (before !== undefined) return before
  try {
    return await run()
  } catch (error) {
    const since = error instanceof Refusal && error.status < 500 ? await answeredBefore<T>(store, once) : undefined
    if (since === undefined) throw error
    return since
  }
}
