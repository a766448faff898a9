/** Who a person is to a client: their id, or for pairwise clients a name that only clients of the same sector share (OpenID Connect Core §8). */
import { hmacOf } from '@latchwork/kernel'
import type { OAuth } from '../oauth.ts'
import type { Client } from '../store.ts'

type Named = Pick<Client, 'id' | 'settings' | 'redirectUris' | 'grantTypes' | 'ownerId'>

/** The same in ID tokens, at UserInfo, in introspection, in JWT access tokens and for the APIs: what one of them told would undo the others. */
export function subjectOf({ pairwiseKey }: Pick<OAuth, 'pairwiseKey'>, client: Named, userId: string): string {
  if (!isPairwise(client)) return userId
  return hmacOf(pairwiseKey, `${sectorOf(client)}\0${userId}`).toString('base64url') // §8.1: no way back to the user id
}

export function isPairwise(client: Pick<Client, 'settings'>): boolean {
  return client.settings.subjectType === 'pairwise'
}

/** Whether whoever was signed in to the one would have the same name at the other. */
export function hasSameNames(one: Client, other: Client): boolean {
  return isPairwise(one) ? isPairwise(other) && sectorOf(one) === sectorOf(other) : !isPairwise(other)
}

/**
 * §8.1: the host of the sector identifier, else that of the redirect URIs. Registration sees to it that there is one; a client without is a sector of its own. So is one that anybody
 * could have registered and that need not receive its codes there to hear who signs in: it would learn how people are called at a host that is not its own.
 */
export function sectorOf({ id, settings, redirectUris, grantTypes, ownerId }: Named): string {
  const isOperators = settings.isDynamic !== true && ownerId === undefined
  if (!isOperators && grantTypes.includes('urn:ietf:params:oauth:grant-type:device_code')) return `client ${id}`
  if (settings.sectorIdentifierUri !== undefined) return hostOf(settings.sectorIdentifierUri) ?? `client ${id}`
  const hosts = new Set(redirectUris.map(hostOf))
  const [host] = hosts
  return hosts.size === 1 && host !== undefined ? host : `client ${id}`
}

function hostOf(uri: string): string | undefined {
  return URL.canParse(uri) ? new URL(uri).hostname || undefined : undefined
}
