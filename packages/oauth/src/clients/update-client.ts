/** Changes a client that lives. What is written is what was checked: a change that another came before is checked anew. */
import { answeredBy, type CallName, digestOf, mintToken, onceOf, refuse, type Secret } from '@latchwork/kernel'
import type { OAuth } from '../oauth.ts'
import type { Client, ClientSettings, SecretChange } from '../store.ts'
import { checkActsForItself } from './acts-for-itself.ts'
import { type ClientRequest, checkClient } from './check-client.ts'
import { ensureKeys } from './ensure-keys.ts'
import { authenticationMethods } from './methods.ts'
import { clientEvent, type Registrar } from './register-client.ts'
import { checkSector } from './sector.ts'
import { revocationsOfTaken } from './taken-rights.ts'

/** What is given replaces what was; a setting that is `null` goes back to its default (RFC 7396). */
export type ClientChanges = Partial<Omit<ClientRequest, 'settings'>> & {
  readonly settings?: { readonly [K in keyof ClientSettings]?: ClientSettings[K] | null | undefined }
}

export interface UpdatedClient {
  readonly client: Client
  /** A client that changes to a method with a secret gets its first one, shown only here. */
  readonly secret?: Secret
  /** The same call came before, and this is what it did; its secret was shown then. */
  readonly isRepeated?: true
}

const ATTEMPTS = 5

export interface ChangeOptions {
  /** Whether the client is one that the caller may change; what is not, is not found. */
  readonly mayChange?: (client: Client) => boolean
  readonly call?: CallName | undefined
}

/**
 * At most once for a name that the caller gives the call.
 * @throws Refusal `not_found` (also for one that is disabled), and those of `registerClient`; `overloaded` when others change it all the time.
 */
export async function updateClient(
  oauth: OAuth,
  clientId: string,
  changesOf: (client: Client) => ClientRequest,
  registrar: Registrar,
  now: number,
  { mayChange = () => true, call }: ChangeOptions = {},
): Promise<UpdatedClient> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const found = await oauth.store.findClient(clientId)
    if (found === undefined || found.client.disabledAt !== undefined || !mayChange(found.client)) return refuse('not_found')
    const before = found.client
    const after = checkClient(oauth, before, changesOf(before))
    if (after.settings.sectorIdentifierUri !== undefined) await checkSector(oauth, after)
    await ensureKeys(oauth, after)
    const { change, secret } = secretChange(before, after)
    const journal = {
      events: [clientEvent('client.changed', after, registrar, now)],
      revocations: [{ lifeline: `client_secrets:${clientId}`, at: now, until: now } as const, ...revocationsOfTaken(oauth, before, after, now)],
    }
    const outcome = await oauth.store.updateClient(before, after, now, journal, { ...(change && { secret: change }), ...onceOf(registrar, call, now) })
    if (outcome === undefined) continue
    const { answer, isRepeated } = answeredBy<Client>(outcome)
    return { client: answer, ...(isRepeated ? { isRepeated } : secret === undefined ? {} : { secret }) }
  }
  return refuse('overloaded', { reason: 'a client was changed by others again and again', about: { clientId } })
}

/** A merge of changes into what the client is. */
function mergeChanges(client: Client, { settings = {}, ...changes }: ClientChanges): ClientRequest {
  const { id: _id, createdAt: _createdAt, ownerId: _ownerId, disabledAt: _disabledAt, settings: former, ...known } = client
  const merged = Object.fromEntries(Object.entries({ ...former, ...settings }).filter(([, value]) => value !== null && value !== undefined))
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
  return { ...known, ...given, settings: merged as ClientSettings }
}

/** The same, by an operator: what one takes of the scopes or APIs of an application that others may change, it does not take back by itself. */
export function mergeOperatorChanges(client: Client, changes: ClientChanges): ClientRequest {
  const { settings, ...merged } = mergeChanges(client, changes)
  const isOthers = client.settings.isDynamic === true || client.ownerId !== undefined
  const isTold = changes.scopes !== undefined || client.audiences.some((api) => merged.audiences?.includes(api) === false)
  const isBounded = isOthers && isTold && changes.settings?.mostScopes === undefined
  return { ...merged, settings: { ...settings, ...(isBounded && merged.scopes !== undefined ? { mostScopes: merged.scopes } : {}) } }
}

/**
 * The same, by its developer.
 * @param own the scopes of the developer.
 * @throws Refusal `scope_invalid`, `target_invalid` for more than an operator left the application, or than it may have for itself.
 */
export function mergeDeveloperChanges(client: Client, changes: ClientChanges, own: readonly string[]): ClientRequest {
  const { mostScopes } = client.settings
  const { scopes = [], audiences = [] } = changes
  if (mostScopes !== undefined && !scopes.every((scope) => mostScopes.includes(scope)))
    return refuse('scope_invalid', { detail: `An operator has left this application ${mostScopes.join(' ') || 'no scope'}: ask one for more.` })
  if (mostScopes !== undefined && !audiences.every((api) => client.audiences.includes(api)))
    return refuse('target_invalid', { detail: 'An operator has bounded this application: ask one for another API.' })
  const merged = mergeChanges(client, changes)
  checkActsForItself(merged, own, client)
  return merged
}

function secretChange(before: Client, after: Client): { readonly change?: SecretChange; readonly secret?: Secret } {
  const [had, has] = [before, after].map(({ authenticationMethod }) => authenticationMethods[authenticationMethod].hasSecret)
  if (had === has) return {}
  if (had === true) return { change: 'drop' }
  const secret = mintToken('client_secret')
  return { secret, change: { digest: digestOf(secret.reveal()) } }
}
