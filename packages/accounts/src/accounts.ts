/** What the verbs of this package work with; filled once, where the server is wired. */
import type { Hasher } from './hasher.ts'
import type { AccountsStore } from './store.ts'

export interface Accounts {
  readonly store: AccountsStore
  readonly hasher: Hasher
  readonly throttle: SignInThrottle
  /** Whether strangers may register. */
  readonly signUpOpen: boolean
}

/** Slows guessing down. What it cannot judge it must refuse by throwing: no attempt goes on without its word. */
export interface SignInThrottle {
  /** Counts one attempt before it is judged, so that a hundred at once are a hundred. */
  readonly admitSignIn: (attempt: SignInAttempt, now: number) => Promise<Admission>
  readonly admitSignUp: (address: string | undefined, now: number) => Promise<Admission>
}

export interface SignInAttempt {
  /** Names the account without holding its address, and whether or not there is one. */
  readonly account: string
  readonly address: string | undefined
}

export type Admission =
  | { readonly admitted: false; readonly retryAfterMs: number }
  | {
      readonly admitted: true
      /** How it went; an attempt that is never settled stays counted. `untried`: it was not judged at all. */
      readonly settle: (outcome: 'succeeded' | 'failed' | 'untried', now: number) => void
    }
