/** What an application of a developer may do for itself, when no person is asked (RFC 6749 §4.4). */
import { covers, refuse } from '@latchwork/kernel'
import { isOpenidScope } from '../scopes.ts'
import type { Client } from '../store.ts'
import type { ClientRequest } from './check-client.ts'

/**
 * Policy says what such an application may ask people for. For itself it has no more than its developer has: else whoever may register one could give themselves all of that.
 * @param own the scopes of the developer.
 * @param before the application so far, if there is one: what an operator gave it stays.
 * @throws Refusal `scope_invalid`.
 */
export function checkActsForItself({ grantTypes, scopes = [] }: Pick<ClientRequest, 'grantTypes' | 'scopes'>, own: readonly string[], before?: Client): void {
  if (grantTypes?.includes('client_credentials') !== true) return
  const given = before?.grantTypes.includes('client_credentials') === true ? before.scopes : []
  const beyond = scopes.filter((scope) => !isOpenidScope(scope) && !given.includes(scope) && !covers(own, scope))
  if (beyond.length > 0)
    refuse('scope_invalid', {
      detail: `You do not have ${beyond.join(', ')}, so an application of yours cannot have it for itself: leave client_credentials away.`,
    })
}
