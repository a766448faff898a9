/** What the configuration says of API keys, as their room takes it. */
import type { ApiKeys, KeyPolicy } from '@latchwork/api-keys'
import type { Environment } from '@latchwork/kernel'
import type { Store } from '@latchwork/store'
import type { Config } from './config/index.ts'

export const DAY_MS = 86_400_000
const environments: readonly Environment[] = ['live', 'test']

export function apiKeysOf(config: Config, store: Store): ApiKeys {
  return { store: store.apiKeys, brand: config.keys.brand, policy: policyOf(config), peppers: config.keys.peppers }
}

function policyOf({ keys, roles, apis }: Config): KeyPolicy {
  const scopesOf = (wanted: (api: Config['apis'][number]) => Config['apis'][number]['scopes']) => [
    ...new Set(apis.flatMap((api) => wanted(api).map((scope) => scope.name))),
  ]
  return {
    requireExpiry: environments.filter((environment) => keys[environment].requireExpiry),
    maxLifetimeMs: Object.fromEntries(
      environments.flatMap((environment) => {
        const { maxLifetimeDays } = keys[environment]
        return maxLifetimeDays === undefined ? [] : [[environment, maxLifetimeDays * DAY_MS]]
      }),
    ),
    requireNetworks: keys.requireNetworks ? ['live'] : [],
    mostPerAccount: keys.maxPerAccount,
    mostPerPerson: keys.maxPerPerson,
    roles: new Map(roles.map(({ name, scopes }) => [name, scopes])),
    publishableScopes: scopesOf((api) => api.scopes.filter((scope) => scope.publishable === true)),
    personScopes: scopesOf((api) => (api.firstParty ? api.scopes : [])),
  }
}
