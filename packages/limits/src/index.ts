/**
 * Owns the counting of what may come how often: the rate algorithm, throttles over named limits, what one network is. Leaves to its callers what to count and
 * how a refusal is told.
 */
export { type Decision, giveUnitsBack, isRested, type Pace, paceOf, type RateLimit, takeUnits } from './gcra.ts'
export { networkOf, UNKNOWN_NETWORK } from './network-of.ts'
export { createSignInThrottle, type SignInLimits, type SignInThrottle, signInLimits } from './sign-in-throttle.ts'
export { createThrottle, type Demand, type Taking, type Throttle, type ThrottleOptions } from './throttle.ts'
