/** All that this application does with the authorization server, by `openid-client`: a library that knows nothing of Latchwork but the standards. */
import * as openid from 'openid-client'
import type { Settings } from './settings.ts'
import type { PendingSignIn, SignedIn } from './visitors.ts'

const SCOPE = 'openid profile email offline_access notes:read'

export interface RelyingParty {
  readonly startSignIn: () => Promise<{ readonly address: URL; readonly pending: PendingSignIn }>
  readonly finishSignIn: (address: URL, pending: PendingSignIn) => Promise<SignedIn>
  readonly refresh: (signedIn: SignedIn) => Promise<SignedIn>
  /** Gives the tokens back: the server ends the whole grant (RFC 7009). */
  readonly revoke: (signedIn: SignedIn) => Promise<void>
  readonly readNotes: (signedIn: SignedIn) => Promise<Response>
}

export function relyingParty(settings: Settings, redirectUri: string): RelyingParty {
  const configuration = discoverOnce(settings)
  const resource = settings.apiUrl.origin

  return {
    startSignIn: async () => {
      const pending = { state: openid.randomState(), nonce: openid.randomNonce(), codeVerifier: openid.randomPKCECodeVerifier() }
      const address = openid.buildAuthorizationUrl(await configuration(), {
        redirect_uri: redirectUri,
        scope: SCOPE,
        resource,
        state: pending.state,
        nonce: pending.nonce,
        code_challenge: await openid.calculatePKCECodeChallenge(pending.codeVerifier),
        code_challenge_method: 'S256',
      })
      return { address, pending }
    },

    finishSignIn: async (address, pending) => {
      const config = await configuration()
      const tokens = await openid.authorizationCodeGrant(config, address, {
        expectedState: pending.state,
        expectedNonce: pending.nonce,
        pkceCodeVerifier: pending.codeVerifier,
        idTokenExpected: true,
      })
      const claims = tokens.claims()
      if (claims === undefined) throw new Error('the server sent no ID token')
      const userInfo = await openid.fetchUserInfo(config, tokens.access_token, claims.sub)
      return { claims, userInfo, refreshes: 0, ...keep(tokens, undefined) }
    },

    refresh: async (signedIn) => {
      if (signedIn.refreshToken === undefined) throw new Error('there is no refresh token')
      const tokens = await openid.refreshTokenGrant(await configuration(), signedIn.refreshToken)
      return { ...signedIn, refreshes: signedIn.refreshes + 1, ...keep(tokens, signedIn) }
    },

    revoke: async (signedIn) => openid.tokenRevocation(await configuration(), signedIn.refreshToken ?? signedIn.accessToken),

    readNotes: async (signedIn) => openid.fetchProtectedResource(await configuration(), signedIn.accessToken, new URL('/notes', settings.apiUrl), 'GET'),
  }
}

/** The server's metadata, fetched when first needed and kept; a failure is not kept. */
function discoverOnce(settings: Settings): () => Promise<openid.Configuration> {
  let known: Promise<openid.Configuration> | undefined
  return () => {
    // audit:allow code/oauth-insecure-requests-allowed only where the issuer is http, which the settings take on loopback alone
    known ??= openid
      .discovery(settings.issuer, settings.clientId, settings.clientSecret, openid.ClientSecretBasic(settings.clientSecret), {
        // A development server on loopback has no TLS; anything else must.
        execute: settings.issuer.protocol === 'http:' ? [openid.allowInsecureRequests] : [],
      })
      .catch((error) => {
        known = undefined
        throw error
      })
    return known
  }
}

function keep(tokens: openid.TokenEndpointResponse & openid.TokenEndpointResponseHelpers, before: SignedIn | undefined) {
  const lifetimeSeconds = tokens.expiresIn()
  return {
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token ?? before?.refreshToken,
    scope: tokens.scope ?? before?.scope ?? SCOPE,
    accessTokenExpiresAt: lifetimeSeconds === undefined ? undefined : Date.now() + lifetimeSeconds * 1000,
  }
}
