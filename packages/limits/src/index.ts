/**
 * Owns the counting of what may come how often: the rate algorithm, the named limits of keys, throttles over limits of our own, what one network is. Leaves to its callers what
 * to count and how a refusal is told.
 */
export { type Decision, giveUnitsBack, isRested, type Pace, paceOf, type RateLimit, takeUnits } from './gcra.ts'
export { createLimitMemory } from './limit-memory.ts'
export { asGivenBack, demandsOn, faultOfLimits, type LimitCost, limitStates, longestWait, MAX_NAMED_LIMITS } from './named-limits.ts'
export { networkOf, UNKNOWN_NETWORK } from './network-of.ts'
export { createSignInThrottle, type SignInLimits, type SignInThrottle, signInLimits } from './sign-in-throttle.ts'
export type { LimitDemand, LimitsStore, LimitsTaken, WrittenCounts, WrittenLimits } from './store.ts'
export { takeAll } from './take-all.ts'
export { createThrottle, type Demand, type Taking, type Throttle, type ThrottleOptions } from './throttle.ts'
