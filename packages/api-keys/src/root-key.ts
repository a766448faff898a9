/** Root keys: what opens the management API. Made by an operator or at installation, scoped, shown once. */
import { covers, coversAll, digestOf, isVisibleName, mintToken, type NewEvent, newId, parseScopes, refuse, type Secret } from '@latchwork/kernel'
import type { ApiKeys, Maker } from './api-keys.ts'
import { type CallName, onceOf, repeatedAnswer } from './once.ts'
import type { RootKey } from './store.ts'

/** Every scope of the management API, in people's words. */
export const managementScopes = {
  'keys:read': 'See API keys and accounts',
  'keys:write': 'Make, change and revoke API keys; make and disable accounts',
  'clients:read': 'See clients',
  'clients:write': 'Register and disable clients',
  'users:read': 'See people and their sessions',
  'users:write': 'Change and disable people, end their sessions, make them members of accounts',
  'events:read': 'Read the event log',
  'events:write': 'Accept a break of the event log',
  'credentials:verify': 'Verify credentials',
  'revocations:read': 'Follow the revocation feed',
  'root_keys:read': 'See root keys',
  'root_keys:write': 'Make and revoke root keys',
  'signing_keys:read': 'See signing keys',
  'signing_keys:write': 'Rotate and revoke signing keys',
} as const

export type ManagementScope = keyof typeof managementScopes

/** Whether a scope, with `*` for either side, opens anything for a root key. */
export function opensManagement(scope: string): boolean {
  return Object.keys(managementScopes).some((needed) => covers([scope], needed))
}

export interface RootKeyRequest {
  readonly name: string
  readonly scopes: readonly string[]
}

export interface IssuedRootKey {
  readonly rootKey: RootKey
  readonly secret: Secret
}

/** What was made when the call came first. Its secret was shown then, and is not here. */
export interface RepeatedRootKey {
  readonly rootKey: RootKey
  readonly secret?: never
}

/** @throws Refusal `key_invalid`, `scope_invalid`, `scope_exceeds_maker`. */
export async function issueRootKey(apiKeys: ApiKeys, request: RootKeyRequest, maker: Maker, now: number): Promise<IssuedRootKey> {
  const issued = await issueRootKeyOnce(apiKeys, request, maker, now)
  if (issued.secret === undefined) throw new Error('a call without a name was taken for a repeated one')
  return issued
}

/** The same, at most once for a name that the caller gives the call. @throws Refusal also `idempotency_key_reused`. */
export async function issueRootKeyOnce(
  apiKeys: ApiKeys,
  request: RootKeyRequest,
  maker: Maker,
  now: number,
  call?: CallName,
): Promise<IssuedRootKey | RepeatedRootKey> {
  const name = request.name.trim()
  if (!isVisibleName(name)) return refuse('key_invalid', { detail: 'Give the root key a name of 1 to 100 visible characters, and no credential.' })
  const scopes = parseScopes(request.scopes.join(' '))
  if (scopes.length === 0) return refuse('key_invalid', { detail: 'Give the root key at least one scope; *:* is all of them.' })
  const stray = scopes.findIndex((scope) => !opensManagement(scope))
  if (stray >= 0)
    return refuse('scope_invalid', {
      detail: `Scope ${stray + 1} opens nothing of the management API, whose scopes are ${Object.keys(managementScopes).join(', ')}.`,
    })
  if (maker.ceiling !== 'unlimited' && !coversAll(maker.ceiling, scopes)) return refuse('scope_exceeds_maker')
  const secret = mintToken('root_key')
  const rootKey = { id: newId('root_key', now), name, scopes, fingerprint: secret.fingerprint, createdAt: now }
  const event: NewEvent = {
    type: 'root_key.created',
    at: now,
    actor: { kind: maker.kind, id: maker.id },
    ...maker.origin,
    credentialId: rootKey.id,
    fingerprint: rootKey.fingerprint,
  }
  const outcome = await apiKeys.store.createRootKey(
    { ...rootKey, digest: digestOf(secret.reveal()) },
    { events: [event], revocations: [] },
    onceOf(maker, call, now).once,
  )
  return outcome === 'other_request' || 'repeated' in outcome ? { rootKey: repeatedAnswer(outcome) } : { rootKey: outcome, secret }
}

/** @throws Refusal `not_found` when it never was or had ended before. */
export async function revokeRootKey(apiKeys: ApiKeys, rootKeyId: string, maker: Maker, now: number): Promise<void> {
  const revoked = await apiKeys.store.revokeRootKey(rootKeyId, now, {
    events: [{ type: 'root_key.revoked', at: now, actor: { kind: maker.kind, id: maker.id }, ...maker.origin, credentialId: rootKeyId }],
    revocations: [{ lifeline: `root_key:${rootKeyId}`, at: now, until: now }],
  })
  if (!revoked) refuse('not_found')
}
