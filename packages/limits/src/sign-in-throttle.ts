/**
 * Slows the guessing of passwords without locking anybody out (design, decision 10).
 *
 * An attempt takes of its network's limit and of its account's. Whoever guesses from many networks empties the account's limit, which then refuses everybody who
 * comes from a place the person has not signed in from. From a place where they have, the limit of account and place counts instead, which the guesser does not
 * touch. What succeeds is given back, but forgives nothing else: an own account does not buy more guesses at another's. Other ways in and sessions that are open
 * are not concerned.
 */
import type { RateLimit } from './gcra.ts'
import { networkOf } from './network-of.ts'
import { createThrottle } from './throttle.ts'

export interface SignInLimits {
  /** Failures from one network, over all accounts; an office behind one address is one network. */
  readonly network: RateLimit
  /** Failures at one account from places the person has not signed in from. */
  readonly account: RateLimit
  /** Failures at one account from one place the person has signed in from. */
  readonly knownPlace: RateLimit
  /** Registrations from one network. */
  readonly signUp: RateLimit
}

export const signInLimits: SignInLimits = {
  network: { burst: 30, count: 10, periodMs: 60_000 },
  account: { burst: 10, count: 2, periodMs: 60_000 },
  knownPlace: { burst: 10, count: 2, periodMs: 60_000 },
  signUp: { burst: 60, count: 20, periodMs: 60_000 },
}

/** How long, and how many, places are remembered. */
const PLACE_LIFETIME_MS = 30 * 24 * 60 * 60 * 1000
const MAX_ENTRIES = 50_000

interface Attempt {
  readonly account: string
  readonly address: string | undefined
}

type Outcome = 'succeeded' | 'failed' | 'untried'
type Admission =
  | { readonly admitted: false; readonly retryAfterMs: number }
  | { readonly admitted: true; readonly settle: (outcome: Outcome, now: number) => void }

/** Fills the `SignInThrottle` port of `accounts`, in the memory of one node; places are forgotten at a restart. */
export interface SignInThrottle {
  readonly admitSignIn: (attempt: Attempt, now: number) => Promise<Admission>
  readonly admitSignUp: (address: string | undefined, now: number) => Promise<Admission>
}

export function createSignInThrottle(limits: SignInLimits = signInLimits): SignInThrottle {
  const throttle = createThrottle({ limits: { ...limits }, maxEntries: MAX_ENTRIES })
  const places = rememberPlaces()

  async function admitSignIn({ account, address }: Attempt, now: number): Promise<Admission> {
    const network = networkOf(address)
    const place = `${account} ${network}`
    const own = places.isKnown(place, now) ? ({ limit: 'knownPlace', key: place } as const) : ({ limit: 'account', key: account } as const)
    const taken = throttle.take([{ limit: 'network', key: network }, own], now)
    if (!taken.allowed) return { admitted: false, retryAfterMs: taken.retryAfterMs }
    return {
      admitted: true,
      settle: (outcome, at) => {
        if (outcome !== 'failed') taken.giveBack(at)
        if (outcome === 'succeeded') places.remember(place, at)
      },
    }
  }

  async function admitSignUp(address: string | undefined, now: number): Promise<Admission> {
    const taken = throttle.take([{ limit: 'signUp', key: networkOf(address) }], now)
    if (!taken.allowed) return { admitted: false, retryAfterMs: taken.retryAfterMs }
    return {
      admitted: true,
      settle: (outcome, at) => {
        if (outcome === 'untried') taken.giveBack(at)
      },
    }
  }

  return { admitSignIn, admitSignUp }
}

function rememberPlaces(): { readonly isKnown: (place: string, now: number) => boolean; readonly remember: (place: string, now: number) => void } {
  const lastSeen = new Map<string, number>()
  return {
    isKnown: (place, now) => now - (lastSeen.get(place) ?? Number.NEGATIVE_INFINITY) < PLACE_LIFETIME_MS,
    remember: (place, now) => {
      lastSeen.delete(place)
      lastSeen.set(place, now)
      const [oldest] = lastSeen.keys()
      if (lastSeen.size > MAX_ENTRIES && oldest !== undefined) lastSeen.delete(oldest)
    },
  }
}
