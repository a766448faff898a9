/** The configured targets, each with the adapter of its kind and a fetcher of its own. */
import type { Deliveries } from '@latchwork/api-keys'
import type { Clock } from '@latchwork/kernel'
import type { DeliveryTarget } from '../config/delivery-target.ts'
import type { Config } from '../config/index.ts'
import { createGuardedFetch } from '../outbound/guarded-fetch.ts'
import { awsAdapter } from './aws.ts'
import { fileAdapter } from './file.ts'
import { kubernetesAdapter } from './kubernetes.ts'
import { type AdapterParts, outcomeOf, type TargetAdapter } from './target-adapter.ts'
import { vaultAdapter } from './vault.ts'
import { webhookAdapter } from './webhook.ts'

export function openDeliveries({ deliveryTargets, outbound }: Pick<Config, 'deliveryTargets' | 'outbound'>, clock: Clock): Deliveries {
  const adapters = new Map(deliveryTargets.map((target) => [target.name, { target, adapter: adapterOf(target, outbound, clock) }]))
  return {
    faultOf({ target: name, path, accountId, environment }) {
      const known = adapters.get(name)
      // Whose target it is, is nobody else's business: not there and not for you sound alike.
      const mayUse = known?.target.accounts?.includes(accountId) !== false && known?.target.environments?.includes(environment) !== false
      if (known === undefined || !mayUse) return `There is no delivery target ${name} for ${environment} keys of this account in the configuration.`
      return known.adapter.faultOf(path)
    },
    async deliver(delivery) {
      const known = adapters.get(delivery.target)
      if (known === undefined) return { delivered: false, note: `there is no delivery target ${delivery.target}`, mayHaveArrived: false }
      try {
        return { delivered: true, note: await known.adapter.deliver(delivery) }
      } catch (error) {
        return outcomeOf(error)
      }
    },
  }
}

function adapterOf(target: DeliveryTarget, outbound: Config['outbound'], clock: Clock): TargetAdapter {
  if (target.kind === 'file') return fileAdapter(target)
  const parts: AdapterParts = {
    fetch: createGuardedFetch(target.ca === undefined ? outbound : { ...outbound, onlyCa: target.ca }),
    now: () => clock.now(),
  }
  switch (target.kind) {
    case 'vault':
      return vaultAdapter(target, parts)
    case 'aws':
      return awsAdapter(target, parts)
    case 'kubernetes':
      return kubernetesAdapter(target, parts)
    default:
      return webhookAdapter(target, parts)
  }
}
