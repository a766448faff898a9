/** What limits ask of a store: the counting of named limits, in one place that every node that verifies shares. */
import type { Decision, Pace } from './gcra.ts'

export interface LimitDemand {
  /** Name of the limit, one of the key's. */
  readonly name: string
  readonly pace: Pace
  /** 0 to the burst; 0 only looks. */
  readonly units: number
}

export interface LimitsTaken {
  /** Whether all were taken; none was otherwise. */
  readonly taken: boolean
  /** One per demand, in its order. `remaining` is what is really left: untouched where another limit refused. */
  readonly decisions: readonly Decision[]
}

export interface LimitsStore {
  /**
   * Takes the units of every demand, or of none. At once where the counts are kept in this process.
   * @param key whose limits they are. @param now epoch milliseconds; where nodes share the counts, the database's clock counts instead.
   * @throws Refusal `store_unavailable`, `overloaded`: what cannot be counted does not pass.
   */
  readonly take: (key: string, demands: readonly LimitDemand[], now: number) => LimitsTaken | Promise<LimitsTaken>
  /** Undoes a taking, as far as time has not done so already. */
  readonly giveBack: (key: string, demands: readonly LimitDemand[], taken: LimitsTaken, now: number) => void | Promise<void>
  /** Forgets keys whose limits have rested, some at a time. */
  readonly forgetRested: (now: number) => void | Promise<void>
}
