/** Revocation (RFC 7009): a refresh token takes its whole grant with it, an access token goes alone. */
import { endGrant } from '@latchwork/authority'
import { digestOf, type Origin, parseCredential } from '@latchwork/kernel'
import type { AuthenticatedClient } from '../clients/authenticate-client.ts'
import type { OAuth } from '../oauth.ts'

/** Does nothing, and says nothing, about a token that is unknown, ended or another's (RFC 7009 §2.2). */
export async function revokeToken(oauth: OAuth, client: AuthenticatedClient, text: string, origin: Origin, now: number): Promise<void> {
  const parsed = parseCredential(text)
  if (parsed?.type === 'refresh_token') await revokeGrantOf(oauth, client, text, origin, now)
  if (parsed?.type === 'access_token') await revokeAccessToken(oauth, client, text, origin, now)
}

async function revokeGrantOf(oauth: OAuth, client: AuthenticatedClient, text: string, origin: Origin, now: number): Promise<void> {
  const found = await oauth.authority.store.findRefreshToken(digestOf(text))
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

async function revokeAccessToken(oauth: OAuth, client: AuthenticatedClient, text: string, origin: Origin, now: number): Promise<void> {
  const record = await oauth.authority.store.findAccessToken(digestOf(text))
  if (record === undefined || record.principal.clientId !== client.id) return
  const { principal } = record
  await oauth.authority.store.endAccessToken(principal.credentialId, now, {
    events: [
      {
        type: 'token.revoked',
        at: now,
        actor: { kind: 'client', id: client.id },
        ...origin,
        clientId: client.id,
        credentialId: principal.credentialId,
        fingerprint: principal.fingerprint,
        ...(principal.userId === undefined ? {} : { userId: principal.userId }),
        ...(principal.grantId === undefined ? {} : { grantId: principal.grantId }),
      },
    ],
    revocations: [{ lifeline: `token:${principal.credentialId}`, at: now, until: principal.expiresAt ?? now }],
  })
}
