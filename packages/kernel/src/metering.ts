/** What is counted of a credential's use: named limits and credits (K9). Only a server can count, because only it sees every use. */

/** So many calls in a period; `burst` of them at once, or all of them where it is absent. */
export interface NamedLimit {
  readonly name: string
  readonly count: number
  readonly periodSeconds: number
  readonly burst?: number
}

/** A limit as it stands after a call. */
export interface LimitState {
  readonly name: string
  readonly count: number
  readonly periodSeconds: number
  /** How many would still pass now. */
  readonly remaining: number
  /** Until all of it is there again. */
  readonly resetSeconds: number
  /** Present if this limit refused: until the same call would pass. */
  readonly retryAfterSeconds?: number
}

/** What a use has left. */
export interface Metering {
  readonly limits: readonly LimitState[]
  readonly credits?: { readonly remaining: number }
}
