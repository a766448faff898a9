/** Who may know what about an access token (RFC 7662 §2.1, RFC 9701 §5): its client; an API it is for, as far as it is; a verifier that holds a root key for it. */

import type { Environment } from '@latchwork/kernel'
import type { OAuth } from '../oauth.ts'
import type { Client } from '../store.ts'

export type Inquirer = { readonly kind: 'client'; readonly client: Client } | { readonly kind: 'verifier'; readonly id: string }

/** What the inquirer is told of where the token may go and what it may do there. */
export interface View {
  readonly audience: readonly string[]
  readonly scopes: readonly string[]
}

interface Subject extends View {
  readonly clientId?: string
  readonly environment: Environment
}

/** `undefined` for whom it is none of their business: an API asks as a client of the environment it serves, and knows no token of the other. An API learns nothing of the other APIs the token is for (RFC 9701 §5). */
export function viewOf({ apis }: Pick<OAuth, 'apis'>, inquirer: Inquirer, token: Subject): View | undefined {
  const { audience, scopes } = token
  if (inquirer.kind === 'verifier' || inquirer.client.id === token.clientId) return { audience, scopes }
  if (inquirer.client.environment !== token.environment) return undefined
  const own = audience.filter((identifier) => apis.get(identifier)?.introspectionClients?.includes(inquirer.client.id) === true)
  if (own.length === 0) return undefined
  const defined = new Set(own.flatMap((identifier) => apis.get(identifier)?.scopes.map(({ name }) => name) ?? []))
  return { audience: own, scopes: scopes.filter((scope) => defined.has(scope)) }
}
