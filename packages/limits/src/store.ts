/** What limits ask of a store: the counting of named limits, in one place that every node that verifies shares; or, of one node that counts in its memory, a place to write down what its next life must know. */
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
  /** Takes up what this node wrote down in its earlier life; before anything is taken. Nothing to do where nodes share the counts. */
  readonly recall: (now: number) => Promise<void>
  /**
   * Writes down what has changed since, and what is forgotten. Nothing to do where nodes share the counts. One at a time.
   * @throws Refusal `store_unavailable`: what was not written is written the next time.
   */
  readonly writeDown: (now: number) => Promise<void>
}

/** The counts of one key: the theoretical arrival time of each limit, in microseconds, by the limit's name. */
export interface WrittenCounts {
  readonly key: string
  readonly tats: Readonly<Record<string, number>>
}

/** Where the counts of one node's memory are written down. */
export interface WrittenLimits {
  /** In the order of keys, those after `after`. */
  readonly read: (after: string, limit: number) => Promise<readonly WrittenCounts[]>
  /** Each in the place of what was written of its key. */
  readonly write: (counts: readonly WrittenCounts[]) => Promise<void>
  readonly remove: (keys: readonly string[]) => Promise<void>
}
