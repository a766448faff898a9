/** Waits until a condition holds; fails with its name if it does not within the time. */
import { setTimeout as pause } from 'node:timers/promises'

export async function until(holds: () => boolean | Promise<boolean>, what: string, withinMs = 15_000): Promise<void> {
  const end = performance.now() + withinMs
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`not within ${withinMs} ms: ${what}`)
    await pause(10)
  }
}
