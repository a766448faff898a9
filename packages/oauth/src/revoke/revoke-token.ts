/** Revocation (RFC 7009): a refresh token takes its whole grant with it, an access token, opaque or not, goes alone. */
import { endGrant } from '@latchwork/authority'
import { type Journal, type Origin, parseCredential, refuse, timedDigestOf } from '@latchwork/kernel'
import type { AuthenticatedClient } from '../clients/authenticate-client.ts'
import type { OAuth } from '../oauth.ts'
import { readAccessToken } from '../tokens/read-access-token.ts'

/**
 * Does nothing, and says nothing, about a token that is unknown, ended or another's (RFC 7009 §2.2). Of another's, §2.1 would have the client told; then it could ask which
 * tokens are alive (docs/deviations.md). A hint is not needed: every token says what it is.
 * @throws Refusal `token_type_unsupported` (§2.2.1) for something of ours that is neither an access token nor a refresh token: silence would let its owner believe it ended.
 */
export async function revokeToken(oauth: OAuth, client: AuthenticatedClient, text: string, origin: Origin, now: number): Promise<void> {
  const parsed = parseCredential(text)
  if (parsed?.type === 'refresh_token') return revokeGrantOf(oauth, client, text, origin, now)
  if (parsed?.type === 'access_token') return revokeOpaque(oauth, client, text, origin, now)
  if (parsed === undefined && readAccessToken(oauth, text) !== undefined) return revokeJwt(oauth, client, text, origin, now)
  if (parsed !== undefined || oauth.readOwnToken(text) !== undefined) return refuse('token_type_unsupported', { about: { clientId: client.id } })
}

async function revokeGrantOf(oauth: OAuth, client: AuthenticatedClient, text: string, origin: Origin, now: number): Promise<void> {
  const found = await oauth.authority.store.findRefreshToken(timedDigestOf(text))
  if (found === undefined || found.grant.clientId !== client.id) return
  await endGrant(oauth.authority.store, found.grant, {
    event: 'grant.ended',
    reason: 'revoked_by_client',
    actor: { kind: 'client', id: client.id },
    origin,
    now,
    longestTokenMs: oauth.authority.longestTokenMs,
  })
}

async function revokeOpaque(oauth: OAuth, client: AuthenticatedClient, text: string, origin: Origin, now: number): Promise<void> {
  const digest = timedDigestOf(text)
  const record = await oauth.authority.store.findAccessToken(digest)
  if (record === undefined || record.principal.clientId !== client.id) return
  const { credentialId: id, fingerprint, userId, grantId, expiresAt = now } = record.principal
  const ended = { id, fingerprint, expiresAt, ...(userId === undefined ? {} : { userId }), ...(grantId === undefined ? {} : { grantId }) }
  await oauth.authority.store.endAccessToken(digest, now, journalOf(client, ended, origin, now))
}

/** Nothing of it is stored, so that it has ended is: for introspection, and by the feed for everybody who verifies it (J7). */
async function revokeJwt(oauth: OAuth, client: AuthenticatedClient, text: string, origin: Origin, now: number): Promise<void> {
  const token = readAccessToken(oauth, text)
  if (token === undefined || token.clientId !== client.id || now >= token.expiresAt) return
  const { id, clientId, grantId, expiresAt } = token
  const own = { id, clientId, expiresAt, ...(grantId === undefined ? {} : { grantId }) }
  await oauth.authority.store.endSelfContainedToken(own, now, journalOf(client, { ...own, fingerprint: '' }, origin, now))
}

interface EndedToken {
  readonly id: string
  readonly fingerprint: string
  readonly expiresAt: number
  readonly userId?: string
  readonly grantId?: string
}

function journalOf(client: AuthenticatedClient, token: EndedToken, origin: Origin, now: number): Journal {
  const { id, fingerprint, expiresAt, userId, grantId } = token
  const event = {
    type: 'token.revoked',
    at: now,
    actor: { kind: 'client', id: client.id },
    ...origin,
    clientId: client.id,
    credentialId: id,
    fingerprint,
    ...(userId === undefined ? {} : { userId }),
    ...(grantId === undefined ? {} : { grantId }),
  } as const
  return { events: [event], revocations: [{ lifeline: `token:${id}`, at: now, until: expiresAt }] }
}
