/**
 * Connected accounts (K17): a client that is registered for the scope `api_key`, and asks for it, gets a restricted key of its own beside its tokens. The key carries the
 * API scopes the person allowed, lives by the consent, and not by the grant: signing out does not end it, taking the permission back does.
 */
import { aboutOf, type Grant } from '@latchwork/authority'
import { coversAll, type Origin, refuse } from '@latchwork/kernel'
import type { AuthenticatedClient } from './clients/authenticate-client.ts'
import type { OAuth } from './oauth.ts'
import { CONNECTED_KEY_SCOPE, isOpenidScope, reachOf } from './scopes.ts'
import type { CodeRecord, MintedConnectedKey } from './store.ts'

/**
 * `undefined` where the person was not asked for a key, or left it out.
 * @throws Refusal `scope_invalid` where this installation makes none, `code_unknown` where the person has left out since what the key would carry; the code is not used up.
 */
export async function mintConnectedKey(
  oauth: OAuth,
  client: AuthenticatedClient,
  { grant, consumedAt }: CodeRecord,
  { origin, now }: { readonly origin: Origin; readonly now: number },
): Promise<MintedConnectedKey | undefined> {
  const { scopes } = reachOf(oauth, client, grant) // all of them: a token that `resource` narrows narrows no key
  if (!scopes.includes(CONNECTED_KEY_SCOPE) || grant.consentId === undefined) return undefined
  if (oauth.mintConnectedKey === undefined) return refuseConnectedKeys()
  const own = { userId: grant.userId, consentId: grant.consentId, grantId: grant.id, scopes: connectedKeyScopes(scopes) }
  if (consumedAt === undefined) await checkLastWord(oauth, grant, [...own.scopes, CONNECTED_KEY_SCOPE]) // a code that comes twice is answered as such
  return oauth.mintConnectedKey({ ...own, client, origin }, now)
}

/** A code waits a minute, and a page that was open beside it may have narrowed the consent. The act that makes the key looks again. */
async function checkLastWord(oauth: OAuth, grant: Grant, scopes: readonly string[]): Promise<void> {
  const consent = grant.clientId === undefined ? undefined : await oauth.store.findConsent(grant.userId, grant.clientId)
  if (consent?.id !== grant.consentId || !coversAll(consent?.scopes ?? [], scopes))
    refuse('code_unknown', { reason: 'the consent was narrowed or ended meanwhile', about: aboutOf(grant) })
}

/** What of the scopes of an authorization a key would carry: those of APIs. */
export function connectedKeyScopes(scopes: readonly string[]): readonly string[] {
  return scopes.filter((scope) => !isOpenidScope(scope))
}

export function refuseConnectedKeys(): never {
  return refuse('scope_invalid', {
    detail: 'Keys must have networks here, which nobody names on a consent screen: leave out the scope api_key, and have the key made by an operator.',
  })
}
