/** Registers a client, or takes one from the configuration. A secret is minted, returned once, and kept as a digest (O13). */
import { isDeepStrictEqual } from 'node:util'
import { type CallName, digestOf, mintToken, type NewEvent, newId, type Origin, onceOf, refuse, repeatedAnswer, type Secret } from '@latchwork/kernel'
import type { OAuth } from '../oauth.ts'
import type { Client, ClientSecretRecord, CreationTerms } from '../store.ts'
import { type ClientRequest, checkClient } from './check-client.ts'
import { ensureKeys } from './ensure-keys.ts'
import { authenticationMethods } from './methods.ts'
import { checkSector } from './sector.ts'
import { revocationsOfTaken } from './taken-rights.ts'

export interface Registrar {
  readonly kind: 'user' | 'root_key' | 'client' | 'anonymous' | 'system'
  readonly id: string
  readonly origin: Origin
}

export interface RegisteredClient {
  readonly client: Client
  /** Only here, only now; absent for a client that proves itself otherwise, and where the call was made before. */
  readonly secret?: Secret
  readonly isRepeated?: true
}

export interface RegistrationTerms extends Omit<CreationTerms, 'once'> {
  readonly ownerId?: string
  readonly call?: CallName | undefined
}

/**
 * @throws Refusal `client_invalid`, `redirect_uri_invalid`, `scope_invalid`, `target_invalid`, `client_limit_reached`, `idempotency_key_reused`, `credential_invalid` (an initial
 * access token that was used up meanwhile).
 */
export async function registerClient(
  oauth: OAuth,
  request: ClientRequest,
  registrar: Registrar,
  now: number,
  { ownerId, call, ...terms }: RegistrationTerms = {},
): Promise<RegisteredClient> {
  const client = checkClient(oauth, { id: newId('client', now), createdAt: now, ...(ownerId === undefined ? {} : { ownerId }) }, request)
  await checkSector(oauth, client)
  await ensureKeys(oauth, client)
  const secret = authenticationMethods[client.authenticationMethod].hasSecret ? mintToken('client_secret') : undefined
  const created = await oauth.store.createClient(
    client,
    secret === undefined ? undefined : digestOf(secret.reveal()),
    { events: [clientEvent('client.created', client, registrar, now)], revocations: [] },
    { ...terms, ...onceOf(registrar, call, now) },
  )
  if (created === 'created') return secret === undefined ? { client } : { client, secret }
  if (created === 'token_used_up') return refuse('credential_invalid', { reason: 'initial access token used up' })
  if (created === 'limit_reached') return refuse('client_limit_reached')
  const before = await oauth.store.findClient(repeatedAnswer(created))
  return before === undefined ? refuse('not_found') : { client: before.client, isRepeated: true }
}

/** Brings a client of the configuration in line; one that is in line already is not written. The operator vouches for its sector: nothing is fetched. @throws Refusal, as `registerClient`. */
export async function declareClient(oauth: OAuth, id: string, request: ClientRequest, secretDigests: readonly string[], now: number): Promise<Client> {
  const client = checkClient(oauth, { id, createdAt: now }, request)
  if (authenticationMethods[client.authenticationMethod].hasSecret && secretDigests.length === 0)
    return refuse('client_invalid', { detail: `Client ${id} authenticates with a secret: give it secretDigests, or another authenticationMethod.` })
  await ensureKeys(oauth, client)
  const found = await oauth.store.findClient(id)
  if (
    found !== undefined &&
    isDeepStrictEqual(
      comparable(found.client, found.secrets),
      comparable(
        client,
        secretDigests.map((digest) => ({ digest })),
      ),
    )
  )
    return found.client
  await oauth.store.declareClient(client, secretDigests, now, (before) => ({
    events: [{ type: before === undefined ? 'client.created' : 'client.changed', at: now, actor: { kind: 'system' }, clientId: id, reason: 'configuration' }],
    revocations: before === undefined ? [] : revocationsOfTaken(oauth, before, client, now),
  }))
  return client
}

/** What the configuration says of a client: all but when it was made and whether an operator has disabled it. A secret with an end was rolled, and is no longer as declared. */
function comparable(client: Client, secrets: readonly Pick<ClientSecretRecord, 'digest' | 'expiresAt'>[]): unknown {
  const { createdAt: _createdAt, disabledAt: _disabledAt, ...declared } = client
  return { ...declared, secrets: secrets.map(({ digest, expiresAt }) => `${digest} ${expiresAt ?? ''}`).sort() }
}

/** Ends a client: it and every grant and token under it. @throws Refusal `not_found`. */
export async function disableClient(oauth: OAuth, clientId: string, registrar: Registrar, now: number): Promise<void> {
  const disabled = await oauth.store.disableClient(clientId, now, {
    events: [clientEvent('client.disabled', { id: clientId }, registrar, now)],
    revocations: [{ lifeline: `client:${clientId}`, at: now, until: now + oauth.authority.longestTokenMs }],
  })
  if (!disabled) refuse('not_found')
}

export function clientEvent(type: NewEvent['type'], client: Pick<Client, 'id' | 'accountId'>, { kind, id, origin }: Registrar, now: number): NewEvent {
  const actor = kind === 'anonymous' ? ({ kind } as const) : ({ kind, id } as const)
  return { type, at: now, actor, ...origin, clientId: client.id, ...(client.accountId === undefined ? {} : { accountId: client.accountId }) }
}
