/**
 * Whether the nodes of an installation agree on the time (R5). The database's clock is what they have in common: one whose clock is too far from it says so, and is not
 * ready. What is issued by a clock that is minutes ahead could outlive an ending that another node wrote down (`GOES_ON_AFTER_MS` of `@latchwork/verify`).
 */
import { refuse } from '@latchwork/kernel'
import type { Pong, Store } from '@latchwork/store'

/** Two nodes may then be a minute apart, which every check across them allows for. */
const MAY_DIFFER_MS = 30_000
const INTERVAL_MS = 30_000

/** @throws Refusal `clocks_differ`. */
export function checkClock({ clockAheadMs }: Pong): void {
  if (Math.abs(clockAheadMs) > MAY_DIFFER_MS) refuse('clocks_differ', { detail: told(clockAheadMs) })
}

const told = (clockAheadMs: number): string =>
  `This node's clock is ${Math.round(Math.abs(clockAheadMs) / 1000)} s ${clockAheadMs > 0 ? 'ahead of' : 'behind'} the database's.`

interface Parts {
  readonly store: Pick<Store, 'ping'>
  readonly onTrouble: (message: string) => void
}

export interface ClockWatch {
  /** How far this node's clock was ahead of the database's when it was last looked; 0 before, and with SQLite. */
  readonly aheadMs: () => number
  /** Looks now. Never rejects. */
  readonly look: () => Promise<void>
  readonly close: () => void
}

/** Looks at the start and every half minute; says it once for each time that the clocks part. */
export async function watchClock({ store, onTrouble }: Parts): Promise<ClockWatch> {
  let isWrong = false
  let aheadMs = 0
  async function look(): Promise<void> {
    const pong = await store.ping().catch(() => undefined) // that the store is away is said elsewhere
    if (pong === undefined) return
    const differs = Math.abs(pong.clockAheadMs) > MAY_DIFFER_MS
    if (differs && !isWrong) onTrouble(`${told(pong.clockAheadMs)} Set both by a time service (NTP); until then /health/ready answers 503`)
    isWrong = differs
    aheadMs = pong.clockAheadMs
  }
  await look()
  const timer = setInterval(() => void look(), INTERVAL_MS).unref()
  return { aheadMs: () => aheadMs, look, close: () => clearInterval(timer) }
}
