/** The time, handed in so that tests can move it. Epoch milliseconds everywhere inside; seconds only in JWTs and on the wire. */
export interface Clock {
  readonly now: () => number
}

export const systemClock: Clock = { now: () => Date.now() }
