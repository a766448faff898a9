/** Makes an API key. Its text is in the answer and nowhere else: what is stored is a digest (K3, K4). */
import {
  covers,
  digestOf,
  type Environment,
  isVisibleName,
  type KeyKind,
  keyKinds,
  mintKey,
  newId,
  type Origin,
  parseScopes,
  refuse,
  type Secret,
} from '@latchwork/kernel'
import type { ApiKey, ApiKeysStore } from './store.ts'

export interface ApiKeys {
  readonly store: ApiKeysStore
  /** The infix in every key (K2). */
  readonly brand: string
}

/** Who asks for something to be made or ended, and with which scopes of their own. */
export interface Maker {
  readonly kind: 'user' | 'root_key' | 'system'
  readonly id: string
  /** What the maker may hand on; a key never carries more (K7). `unlimited`: an operator, or a root key that may make keys for any account. */
  readonly ceiling: readonly string[] | 'unlimited'
  readonly origin: Origin
}

export interface KeyRequest {
  readonly accountId: string
  readonly kind: KeyKind
  readonly environment: Environment
  readonly name: string
  readonly scopes: readonly string[]
  /** Epoch milliseconds. */
  readonly notBefore?: number
  readonly expiresAt?: number
}

export interface IssuedKey {
  readonly key: ApiKey
  readonly secret: Secret
}

/**
 * Checks name, times and scopes, then mints and writes in one act.
 * @throws Refusal `key_invalid`, `scope_invalid`, `scope_exceeds_maker`, `key_slots_taken`. Does not check that the account exists: the store's constraint does.
 */
export async function issueKey(apiKeys: ApiKeys, request: KeyRequest, maker: Maker, now: number): Promise<IssuedKey> {
  const scopes = checkKeyRequest(request, maker, now)
  const secret = mintKey(request.kind, request.environment, apiKeys.brand)
  const id = newId('key', now)
  const key = await apiKeys.store.createKey(
    {
      id,
      digest: digestOf(secret.reveal()),
      accountId: request.accountId,
      kind: request.kind,
      environment: request.environment,
      name: request.name.trim(),
      scopes,
      fingerprint: secret.fingerprint,
      createdBy: maker.id,
      createdAt: now,
      ...(request.notBefore === undefined ? {} : { notBefore: request.notBefore }),
      ...(request.expiresAt === undefined ? {} : { expiresAt: request.expiresAt }),
    },
    {
      events: [
        {
          type: 'key.created',
          at: now,
          actor: { kind: maker.kind, id: maker.id },
          ...maker.origin,
          accountId: request.accountId,
          credentialId: id,
          fingerprint: secret.fingerprint,
          data: { kind: request.kind, environment: request.environment, scopes: scopes.join(' ') },
        },
      ],
      revocations: [],
    },
  )
  if (key === 'slots_taken') return refuse('key_slots_taken', { about: { accountId: request.accountId } })
  return { key, secret }
}

function checkKeyRequest(request: KeyRequest, maker: Maker, now: number): readonly string[] {
  const name = request.name.trim()
  if (!isVisibleName(name)) return refuse('key_invalid', { detail: `Give the ${keyKinds[request.kind]} a name of 1 to 100 visible characters.` })
  if (request.expiresAt !== undefined && request.expiresAt <= Math.max(now, request.notBefore ?? 0)) {
    return refuse('key_invalid', { detail: 'expiresAt must lie in the future, and after notBefore.' })
  }
  const scopes = parseScopes(request.scopes.join(' '))
  const { ceiling } = maker
  const beyond = ceiling === 'unlimited' ? [] : scopes.filter((scope) => !covers(ceiling, scope))
  if (beyond.length > 0) return refuse('scope_exceeds_maker', { detail: `You do not have ${beyond.join(', ')}, so a key of yours cannot carry it.` })
  return scopes
}
