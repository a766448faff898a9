/** Answers without a known end are written as fast as they are taken. */
import type { ServerResponse } from 'node:http'

/** Resolves when the listener has taken what was written, or is gone; cuts it off when it does not. */
export function drained(raw: ServerResponse, withinMs: number): Promise<void> {
  return new Promise((resolve) => {
    const deadline = setTimeout(() => raw.destroy(), withinMs).unref()
    const done = (): void => {
      clearTimeout(deadline)
      raw.off('drain', done).off('close', done)
      resolve()
    }
    raw.once('drain', done).once('close', done)
  })
}
