/** Takes keys over from another system by their SHA-256 digests (K16): their holders notice nothing, and their texts are never known here. */
import { type Environment, isVisibleName, type KeyKind, newId, refuse } from '@latchwork/kernel'
import { type ApiKeys, type Maker, policyOf } from './api-keys.ts'
import { type AskedTerms, checkTerms, checkTimes, needNetworks } from './check-terms.ts'
import { keyEvent } from './key-event.ts'
import { type CallName, onceOf, repeatedAnswer } from './once.ts'
import { pepperIds, storedDigests } from './pepper.ts'
import type { ApiKey, NewImport } from './store.ts'

export const MAX_IMPORT = 1000

export interface KeyToImport extends AskedTerms {
  /** SHA-256 of the whole key, hexadecimal or base64url. */
  readonly digest: string
  readonly accountId: string
  readonly kind: Exclude<KeyKind, 'pk' | 'pat'>
  readonly environment: Environment
  /** Up to its first 8 and last 4 characters, to know it by. */
  readonly start?: string
  readonly end?: string
  readonly notBefore?: number
  readonly expiresAt?: number
}

export interface ImportedKeys {
  readonly keys: readonly ApiKey[]
  /** The same call came before, and this is what it did. */
  readonly isRepeated: boolean
}

/**
 * All of them or none; secret keys take their two places as others do.
 * @throws Refusal as `issueKey`, and `key_known`, `peppers_differ`; each names the entry by its place in the list.
 */
export async function importKeys(apiKeys: ApiKeys, entries: readonly KeyToImport[], maker: Maker, now: number, call?: CallName): Promise<ImportedKeys> {
  if (entries.length === 0 || entries.length > MAX_IMPORT) return refuse('key_invalid', { detail: `Give 1 to ${MAX_IMPORT} keys.` })
  const keys = entries.map((entry, index) => newKeyOf(apiKeys, entry, index, maker, now))
  const events = keys.map((key) => keyEvent('key.imported', key, maker, now, { data: { kind: key.kind, environment: key.environment } }))
  const bounds = { most: policyOf(apiKeys).mostPerAccount, peppers: pepperIds(apiKeys.peppers), ...onceOf(maker, call, now) }
  const outcome = await apiKeys.store.importKeys(keys, now, { events, revocations: [] }, bounds)
  if (outcome === 'other_request' || 'repeated' in outcome) return { keys: repeatedAnswer(outcome), isRepeated: true }
  if (!('refused' in outcome)) return { keys: outcome, isRepeated: false }
  if (outcome.refused === 'pepper_unknown')
    return refuse('peppers_differ', {
      detail: `Keys are stored under the pepper ${outcome.pepper}, which this node does not know: one of them could be imported a second time. Nothing was imported.`,
    })
  const at = `keys[${outcome.index}]`
  if (outcome.refused === 'digest_known') return refuse('key_known', { detail: `${at} is known already; nothing was imported.` })
  if (outcome.refused === 'limit_reached')
    return refuse('key_limit_reached', {
      detail: `${at} finds as many active restricted keys as the policy allows an account (keys.maxPerAccount); nothing was imported.`,
    })
  return refuse('key_slots_taken', {
    detail: `${at} finds both places of its account and environment taken; nothing was imported. Import it as rk, or revoke one first.`,
  })
}

function newKeyOf(apiKeys: ApiKeys, entry: KeyToImport, index: number, maker: Maker, now: number): NewImport {
  const policy = policyOf(apiKeys)
  const { accountId, kind, environment, start = '', end = '', notBefore, expiresAt } = entry
  const [digest, ...olderDigests] = storedDigests(apiKeys.peppers, parseDigest(entry.digest, index))
  const times = { ...(notBefore === undefined ? {} : { notBefore }), ...(expiresAt === undefined ? {} : { expiresAt }) }
  const isShown = [start, end].every((text) => text === '' || isVisibleName(text))
  if (start.length > 8 || end.length > 4 || !isShown)
    return refuse('key_invalid', { detail: `keys[${index}]: start has up to 8 characters and end up to 4, all of them visible.` })
  const terms = checkTerms(policy, kind, entry, maker, now)
  needNetworks(policy, environment, terms.networks)
  return {
    ...terms,
    ...checkTimes(policy, environment, times, now),
    id: newId('key', now),
    digest,
    olderDigests,
    accountId,
    kind,
    environment,
    fingerprint: `${start}…${end}`,
    imported: true,
    createdBy: maker.id,
    createdAt: now,
  }
}

const HEX = /^[0-9a-fA-F]{64}$/
const BASE64URL = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/ // 32 bytes, no spare bits

function parseDigest(text: string, index: number): string {
  if (HEX.test(text)) return Buffer.from(text, 'hex').toString('base64url')
  return BASE64URL.test(text)
    ? text
    : refuse('key_invalid', { detail: `keys[${index}].digest is no SHA-256: 64 hexadecimal digits, or 43 characters of base64url.` })
}
