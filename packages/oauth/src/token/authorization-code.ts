/** `grant_type=authorization_code`: found → proven → minted → redeemed. A stranger who holds a code can neither burn it nor end anything. */
import { hash, timingSafeEqual } from 'node:crypto'
import { aboutOf, endGrant, type Grant, mintRefreshToken } from '@latchwork/authority'
import { parseToken, refuse, timedDigestOf } from '@latchwork/kernel'
import type { AuthenticatedClient } from '../clients/authenticate-client.ts'
import { rulesOf } from '../clients/profiles.ts'
import { isRegisteredRedirectUri } from '../clients/redirect-uri.ts'
import { mintConnectedKey } from '../connected-key.ts'
import type { OAuth } from '../oauth.ts'
import { narrowAudience, reachOf, scopesAt, scopesTold } from '../scopes.ts'
import type { CodeRecord } from '../store.ts'
import { issueIdToken } from '../tokens/id-token.ts'
import { mintAccessToken } from '../tokens/mint-access-token.ts'
import type { TokenRequest } from './token-request.ts'
import { type Minted, type TokenResponse, tokenJournal, tokenResponse } from './token-response.ts'

declare const bound: unique symbol
declare const proven: unique symbol
/** A code that was issued to the client that presents it. */
type BoundCode = CodeRecord & { readonly [bound]: true }
/** A bound code whose presenter holds the verifier and names no other redirect URI. It may have been used before. */
type ProvenCode = BoundCode & { readonly [proven]: true }

/**
 * Trades an authorization code for tokens (RFC 6749 §4.1.3, RFC 7636 §4.6).
 * @throws Refusal `code_unknown`, `redirect_uri_mismatch`, `verifier_mismatch`, `verifier_unexpected`, `code_expired`, `target_invalid`, `scope_invalid`, `code_replayed` (the grant has ended).
 */
export async function redeemAuthorizationCode(oauth: OAuth, client: AuthenticatedClient, request: TokenRequest): Promise<TokenResponse> {
  const code = proveCode(oauth, client, await findBoundCode(oauth, client, request), request)
  const tokens = await mintTokens(oauth, client, code, request)
  const connectedKey = await mintConnectedKey(oauth, client, code, request)
  const minted: Minted = connectedKey === undefined ? tokens : { ...tokens, connectedKey }
  const redeemed = await oauth.store.redeemCode(
    {
      codeDigest: code.digest,
      now: request.now,
      ...(minted.accessToken.record === undefined ? {} : { accessToken: minted.accessToken.record }),
      ...(minted.refreshToken === undefined ? {} : { refreshToken: minted.refreshToken.record }),
      ...(connectedKey === undefined ? {} : { connectedKey: { ...connectedKey.record, formerUntil: request.now + FORMER_KEY_MS } }),
    },
    tokenJournal('token.issued', client, minted, request),
  )
  if (!redeemed) return refuseReplay(oauth, client, code, request)
  oauth.noteGrantUse(code.grant.id, request.now)
  return tokenResponse(minted)
}

async function findBoundCode(oauth: OAuth, client: AuthenticatedClient, { parameters }: TokenRequest): Promise<BoundCode> {
  const text = parameters.required('code')
  const about = { clientId: client.id }
  if (parseToken('authorization_code', text) === undefined) return refuse('code_unknown', { reason: 'not a code', about })
  const found = await oauth.store.findCode(timedDigestOf(text))
  if (found === undefined) return refuse('code_unknown', { reason: 'unknown', about })
  if (found.clientId !== client.id) return refuse('code_unknown', { reason: 'issued to another client', about }) // RFC 6749 §4.1.3
  return found as BoundCode
}

function proveCode(oauth: OAuth, client: AuthenticatedClient, code: BoundCode, { parameters, now }: TokenRequest): ProvenCode {
  const about = aboutOf(code.grant)
  if (readRedirectUri(code, parameters) !== code.redirectUri) return refuse('redirect_uri_mismatch', { about })
  checkVerifier(oauth, client, code, parameters)
  if (code.consumedAt === undefined && now >= code.expiresAt) return refuse('code_expired', { about })
  if (code.consumedAt === undefined && !isRegisteredRedirectUri(client, code.redirectUri))
    return refuse('redirect_uri_mismatch', { reason: 'the redirect URI was taken from the client meanwhile', about })
  if (code.consumedAt === undefined && !code.alive) return refuse('code_unknown', { reason: 'session, consent, person or client ended', about })
  return code as ProvenCode
}

/** RFC 6749 §4.1.3: the one of the authorization request, again. PKCE does the same work: beside it nothing need be sent, and what is sent must be the same (OAuth 2.1 §10.2). */
function readRedirectUri({ challenge, redirectUri }: BoundCode, parameters: TokenRequest['parameters']): string {
  return challenge === undefined ? parameters.required('redirect_uri') : (parameters.one('redirect_uri') ?? redirectUri)
}

/** RFC 7636 §4.6; without a challenge there must be no verifier (RFC 9700 §2.1.1), and the client must still be one that may do without. */
function checkVerifier(oauth: OAuth, client: AuthenticatedClient, { challenge, grant }: BoundCode, parameters: TokenRequest['parameters']): void {
  const about = aboutOf(grant)
  if (challenge !== undefined) {
    if (!isVerifierOf(challenge, parameters.required('code_verifier'))) refuse('verifier_mismatch', { about })
    return
  }
  if (parameters.one('code_verifier') !== undefined) refuse('verifier_unexpected', { about })
  if (rulesOf(oauth, client).isPkceRequired) refuse('verifier_mismatch', { reason: 'the profile of the client now needs PKCE', about })
}

/** How long the key of an earlier authorization works beside the new one: as after a roll. */
const FORMER_KEY_MS = 24 * 3_600_000

const VERIFIER = /^[A-Za-z0-9._~-]{43,128}$/ // RFC 7636 §4.1

function isVerifierOf(challenge: string, verifier: string): boolean {
  return VERIFIER.test(verifier) && timingSafeEqual(Buffer.from(hash('sha256', verifier, 'base64url')), Buffer.from(challenge))
}

/** @param code a grant that may have its first tokens now, and the nonce of its request. */
export async function mintTokens(
  oauth: OAuth,
  client: AuthenticatedClient,
  code: { readonly grant: Grant; readonly nonce?: string },
  { parameters, now }: TokenRequest,
): Promise<Minted> {
  const { grant } = code
  const { scopes, audience: reachable } = reachOf(oauth, client, grant)
  const audience = narrowAudience(oauth, reachable, parameters.all('resource'))
  const accessToken = await mintAccessToken(oauth, client, grant, { scopes: scopesAt(oauth, audience, scopes), audience }, now)
  return {
    accessToken,
    told: scopesTold(scopes, accessToken.facts.scopes),
    ...(client.grantTypes.includes('refresh_token')
      ? { refreshToken: mintRefreshToken(oauth.authority.successorKey, grant, 0, oauth.refreshLifetimes, now) }
      : {}),
    ...(scopes.includes('openid')
      ? { idToken: await issueIdToken(oauth, client, grant, { accessToken: accessToken.secret, scopes, nonce: code.nonce, now }) }
      : {}),
  }
}

/** RFC 6749 §4.1.2: what the first redemption bought ends too, whoever came first (design, decision 18). */
async function refuseReplay(oauth: OAuth, client: AuthenticatedClient, code: ProvenCode, { origin, now }: TokenRequest): Promise<never> {
  await endGrant(oauth.authority.store, code.grant, {
    event: 'code.replayed',
    reason: 'code_replayed',
    actor: { kind: 'client', id: client.id },
    origin,
    now,
    longestTokenMs: oauth.authority.longestTokenMs,
  })
  return refuse('code_replayed', { about: aboutOf(code.grant) })
}
