/** Who asks for keys to be made or ended: the root key behind the call. */
import type { Maker } from '@latchwork/api-keys'
import { refuse } from '@latchwork/kernel'
import type { FastifyRequest } from 'fastify'
import { callerOf } from '../../http/guard.ts'
import type { Site } from '../../http/site.ts'

export function makerOf(site: Site, request: FastifyRequest): Maker {
  const { subject, scopes } = callerOf(request)
  return { kind: 'root_key', id: subject, ceiling: scopes, origin: site.originOf(request) }
}

/** A root key is the installation's own: its scopes are those of management and say nothing of what a key may do at an API. */
export function keyMakerOf(site: Site, request: FastifyRequest): Maker {
  return { ...makerOf(site, request), ceiling: 'unlimited' }
}

/** @throws Refusal `not_found`. */
export async function needAccount({ installation }: Site, accountId: string): Promise<void> {
  if ((await installation.store.accounts.findAccount(accountId)) === undefined) refuse('not_found', { detail: 'There is no account with this accountId.' })
}

/** @throws Refusal `not_found`. */
export async function needMember({ installation }: Site, accountId: string, userId: string): Promise<void> {
  if (!(await installation.store.accounts.isMember(accountId, userId)))
    refuse('not_found', { detail: 'There is no person with this userId among the members of the account.' })
}
