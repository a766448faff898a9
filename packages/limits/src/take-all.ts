/** All of several limits, or none: judged together, from the counts that are kept and the time. */
import { type Decision, takeUnits } from './gcra.ts'
import type { LimitDemand, LimitsTaken } from './store.ts'

/** @param tats what is kept, one per demand. */
export function takeAll(demands: readonly LimitDemand[], tats: readonly (number | undefined)[], now: number): LimitsTaken {
  const decisions: Decision[] = []
  let taken = true
  for (let index = 0; index < demands.length; index++) {
    const { pace, units } = demands[index] as LimitDemand
    const decision = takeUnits(pace, tats[index], units, now)
    taken &&= decision.allowed
    decisions.push(decision)
  }
  return taken ? { taken, decisions } : { taken, decisions: asLeft(demands, tats, decisions, now) }
}

/** Where another limit refused, what would have been taken is still there. */
function asLeft(demands: readonly LimitDemand[], tats: readonly (number | undefined)[], decisions: readonly Decision[], now: number): readonly Decision[] {
  return decisions.map((decision, index) => (decision.allowed ? takeUnits((demands[index] as LimitDemand).pace, tats[index], 0, now) : decision))
}
