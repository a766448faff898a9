/** Finds the key a caller presented, with the scopes it has by the configuration of now. */
import { type CredentialRecord, covers, goOn, type KeyKind, type Soon } from '@latchwork/kernel'
import { type ApiKeys, type KeyPolicy, policyOf } from './api-keys.ts'
import { boundsOf, scopesOfRoles } from './check-terms.ts'
import { storedDigest, storedDigests } from './pepper.ts'
import type { FoundKey } from './store.ts'

export interface PresentedKey {
  readonly record: CredentialRecord
  readonly kind: KeyKind
  /** Present if it is stored under an older pepper than the newest: what `moveDigest` needs. */
  readonly move?: { readonly from: string; readonly to: string }
}

/** One statement, whether the key is there or not. @param digest SHA-256 of the text, base64url. */
export function findPresentedKey(apiKeys: ApiKeys, digest: string): Soon<PresentedKey | undefined> {
  return goOn(apiKeys.store.findKeyByDigest(...storedDigests(apiKeys.peppers, digest)), (found) => found && presented(apiKeys, digest, found))
}

function presented(apiKeys: ApiKeys, digest: string, found: FoundKey): PresentedKey {
  const to = storedDigest(apiKeys.peppers, digest)
  const { kind } = found
  return { kind, record: effective(policyOf(apiKeys), found), ...(found.digest === to ? {} : { move: { from: found.digest, to } }) }
}

/** Its own scopes and its roles', less what keys of its kind may not have (any more). */
function effective(policy: KeyPolicy, { record, kind, roles }: FoundKey): CredentialRecord {
  const bounds = boundsOf(policy, kind)
  if (roles.length === 0 && bounds === undefined) return record
  const all = [...new Set([...record.principal.scopes, ...scopesOfRoles(policy, roles)])]
  const scopes = bounds === undefined ? all : all.filter((scope) => covers(bounds, scope))
  return { ...record, principal: { ...record.principal, scopes } }
}
