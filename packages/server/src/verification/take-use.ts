/** Counting a use of a key: its limits, all or none, then its credits. What limits gave is given back where credits refuse (K9). */
import type { ApiKeysStore } from '@latchwork/api-keys'
import type { CredentialRecord, LimitState, Metering, NamedLimit } from '@latchwork/kernel'
import { asGivenBack, demandsOn, type LimitDemand, type LimitsStore, type LimitsTaken, limitStates, longestWait } from '@latchwork/limits'
import type { KeyOutcome, UseCosts } from '@latchwork/verify'

export interface Counters {
  readonly limits: LimitsStore
  readonly apiKeys: Pick<ApiKeysStore, 'spendCredits'>
}

export interface UseTaken extends Metering {
  readonly code: Extract<KeyOutcome, 'VALID' | 'LIMIT_UNKNOWN' | 'RATE_LIMITED' | 'CREDITS_EXHAUSTED'>
  readonly retryAfterSeconds?: number
}

const noLimits: readonly NamedLimit[] = []
const free: UseTaken = { code: 'VALID', limits: [] }

/** At once where the counts are kept in this process and the key has no credits. @throws Refusal `store_unavailable`, `overloaded`: what cannot be counted does not pass. */
export function takeUse(counters: Counters, record: CredentialRecord, costs: UseCosts, now: number): UseTaken | Promise<UseTaken> {
  const { limits = noLimits } = record
  const keyId = record.principal.credentialId
  const demands = demandsOn(limits, costs.limits)
  if (demands === undefined) return { code: 'LIMIT_UNKNOWN', limits: [] }
  if (demands.length === 0) return takeCredits(counters, record, costs, now, free)
  const answer = counters.limits.take(keyId, demands, now)
  const goOn = (taken: LimitsTaken) => afterLimits(counters, record, costs, now, demands, taken)
  return answer instanceof Promise ? answer.then(goOn) : goOn(answer)
}

function afterLimits(
  counters: Counters,
  record: CredentialRecord,
  costs: UseCosts,
  now: number,
  demands: readonly LimitDemand[],
  taken: LimitsTaken,
): UseTaken | Promise<UseTaken> {
  const states: readonly LimitState[] = limitStates(record.limits ?? noLimits, taken)
  if (!taken.taken) return { code: 'RATE_LIMITED', limits: states, retryAfterSeconds: longestWait(states) ?? 1 }
  const credited = takeCredits(counters, record, costs, now, { code: 'VALID', limits: states })
  if (!(credited instanceof Promise)) return credited
  const giveBack = () => counters.limits.giveBack(record.principal.credentialId, demands, taken, now)
  return credited.then(
    async (use) => {
      if (use.code === 'VALID') return use
      await giveBack()
      return { ...use, limits: limitStates(record.limits ?? noLimits, asGivenBack(demands, taken)) }
    },
    async (error: unknown) => {
      await giveBack()
      throw error
    },
  )
}

function takeCredits(
  { apiKeys }: Counters,
  record: CredentialRecord,
  { credits: cost = 1 }: UseCosts,
  now: number,
  use: UseTaken,
): UseTaken | Promise<UseTaken> {
  if (record.hasCredits !== true) return use
  return apiKeys.spendCredits(record.principal.credentialId, cost, now).then((spent) => {
    if (spent === undefined) return use // the credits were taken off the key since its record was read
    const credits = { remaining: spent.remaining }
    if (spent.taken) return { ...use, credits }
    const { retryAfterMs } = spent
    return {
      ...use,
      code: 'CREDITS_EXHAUSTED',
      credits,
      ...(retryAfterMs === undefined ? {} : { retryAfterSeconds: Math.max(1, Math.ceil(retryAfterMs / 1000)) }),
    }
  })
}
