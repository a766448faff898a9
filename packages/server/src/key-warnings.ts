/** What is said at start of keys that are there and that the configuration would not let be made today (K8). */
import type { ApiKeysStore } from '@latchwork/api-keys'
import type { Config } from './config/index.ts'

const NAMED = 3

/** They go on working: whoever demands networks gives them some, or ends them. */
export async function warnOfKeys({ keys }: Config, apiKeys: Pick<ApiKeysStore, 'listKeys'>, now: number): Promise<readonly string[]> {
  if (!keys.requireNetworks) return []
  const { items } = await apiKeys.listKeys({ environment: 'live', activeAt: now, withoutNetworks: true, limit: NAMED + 1 })
  if (items.length === 0) return []
  const named = items.slice(0, NAMED).map(({ id }) => id)
  const whole = items.length > NAMED ? `${named.join(', ')} and others` : named.join(' and ')
  return [
    `keys.requireNetworks is true, but ${whole} work from anywhere. GET /v1/keys?environment=live&withoutNetworks=true lists them; PATCH /v1/keys/{id} gives them networks.`,
  ]
}
