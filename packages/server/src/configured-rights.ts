/** What the configuration says of rights, for what its next change takes. */
import type { ConfiguredRights } from '@latchwork/authority'
import { digestOf } from '@latchwork/kernel'
import type { Config } from './config/index.ts'
import { longestAccessTokenSeconds } from './signing.ts'

/** Clocks of verifiers may lag: a feed entry outlives the last token by this. */
const LEEWAY_MS = 60_000

export function rightsOf(config: Config): ConfiguredRights {
  const { apis, roles } = config
  const defined = apis.map(({ identifier, firstParty, scopes }) => ({
    identifier,
    firstParty,
    scopes: scopes.map(({ name, publishable }) => ({ name, publishable })),
  }))
  return {
    rights: defined.flatMap(({ identifier, firstParty, scopes }) => [
      identifier,
      ...scopes.map(({ name }) => `${identifier} ${name}`),
      ...(firstParty ? [`sessions ${identifier}`] : []),
    ]),
    lookUps: digestOf(JSON.stringify([defined, roles.map(({ name, scopes }) => ({ name, scopes }))])),
    longestTokenMs: longestAccessTokenSeconds(config) * 1000 + LEEWAY_MS,
  }
}
