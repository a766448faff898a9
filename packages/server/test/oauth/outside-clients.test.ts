/** The mechanism as clients see it that were written elsewhere: whatever they cannot do, or take exception to, is our fault. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { allow, person, signUp } from '../kit/authorize.ts'
import { fillProfile, wholeProfile } from '../kit/profile.ts'
import { API, declaredClients, type Latchwork, startLatchwork, testClients } from '../kit/start-latchwork.ts'
import { testSecret } from '../kit/test-secret.ts'

const CALLBACK = testClients.web.redirectUris[0]
const SCOPE = 'openid profile email offline_access notes:read notes:write'

/** The three ways a client may authenticate here, for each library. */
const ways = [
  { method: 'client_secret_basic', client: testClients.web, callback: CALLBACK, scope: SCOPE },
  { method: 'client_secret_post', client: testClients.other, callback: testClients.other.redirectUris[0], scope: 'openid notes:read' },
  { method: 'none', client: testClients.public, callback: 'http://127.0.0.1:54321/cb', scope: 'openid notes:read' },
] as const

const openidAuthentication = {
  client_secret_basic: openid.ClientSecretBasic(testSecret),
  client_secret_post: openid.ClientSecretPost(testSecret),
  none: openid.None(),
}
const oauthAuthentication = {
  client_secret_basic: oauth.ClientSecretBasic(testSecret),
  client_secret_post: oauth.ClientSecretPost(testSecret),
  none: oauth.None(),
}
const insecure = { [oauth.allowInsecureRequests]: true } as const

for (const algorithm of ['oidc', 'oauth2'] as const) {
  for (const { method, client, callback, scope } of ways) {
    describe(`openid-client, ${method}, discovery by ${algorithm}`, () => {
      it('O1 O5 O6 O9 O10 O14: code with PKCE, ID token, UserInfo, refresh, introspection, revocation', async (t) => {
        const latchwork = await startLatchwork(t)
        const config = await openid.discovery(new URL(latchwork.issuer), client.id, undefined, openidAuthentication[method], {
          algorithm,
          execute: [openid.allowInsecureRequests, openid.enableNonRepudiationChecks],
        })
        const verifier = openid.randomPKCECodeVerifier()
        const state = openid.randomState()
        const nonce = openid.randomNonce()
        const url = openid.buildAuthorizationUrl(config, {
          redirect_uri: callback,
          scope,
          state,
          nonce,
          max_age: '300',
          code_challenge: await openid.calculatePKCECodeChallenge(verifier),
          code_challenge_method: 'S256',
        })
        const back = await allow(await signUp(latchwork), url.href)
        const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, maxAge: 300, idTokenExpected: true }
        const tokens = await openid.authorizationCodeGrant(config, back, checks)
        assert.deepEqual(new Set(tokens.scope?.split(' ')), new Set(scope.split(' ')))
        assert.equal(tokens.expires_in, 3600)
        const subject = tokens.claims()?.sub ?? assert.fail('an ID token')

        const info = await openid.fetchUserInfo(config, tokens.access_token, subject)
        assert.equal(info.sub, subject)
        assert.equal(info.email, scope.includes('email') ? person.email : undefined)
        assert.equal(info.name, scope.includes('profile') ? person.name : undefined)

        const refreshed = await openid.refreshTokenGrant(config, tokens.refresh_token ?? assert.fail('a refresh token'))
        assert.notEqual(refreshed.refresh_token, tokens.refresh_token)
        assert.equal(refreshed.claims()?.sub, subject)
        if (method !== 'none') {
          const known = await openid.tokenIntrospection(config, refreshed.access_token)
          assert.equal(known.active, true)
          assert.equal(known.sub, subject)
          assert.deepEqual(known.aud, [API, latchwork.issuer])
        }
        await openid.tokenRevocation(config, refreshed.refresh_token ?? assert.fail('a refresh token'))
        await assert.rejects(openid.fetchUserInfo(config, refreshed.access_token, subject), /unexpected|WWW-Authenticate|401/i)
        await assert.rejects(openid.refreshTokenGrant(config, refreshed.refresh_token ?? ''), { error: 'invalid_grant' })
      })
    })
  }
}

describe('openid-client, every claim', () => {
  it('O6: reads the standard claims of a person at UserInfo, and those asked for one by one in the ID token', async (t) => {
    const scope = 'openid profile email address phone'
    const clients = declaredClients.map((client) => (client.id === 'app' ? { ...client, scopes: scope.split(' ') } : client))
    const latchwork = await startLatchwork(t, { config: { clients } })
    const config = await openid.discovery(new URL(latchwork.issuer), 'app', undefined, openid.ClientSecretBasic(testSecret), {
      execute: [openid.allowInsecureRequests, openid.enableNonRepudiationChecks],
    })
    const { scopes_supported = [], claims_supported = [] } = config.serverMetadata()
    assert.ok(scope.split(' ').every((word) => scopes_supported.includes(word)))
    assert.ok(Object.keys(wholeProfile).every((claim) => (claims_supported as readonly unknown[]).includes(claim)))
    const browser = await signUp(latchwork)
    await fillProfile(latchwork, person.email)
    const verifier = openid.randomPKCECodeVerifier()
    const url = openid.buildAuthorizationUrl(config, {
      redirect_uri: CALLBACK,
      scope,
      claims: JSON.stringify({ id_token: { given_name: { essential: true }, birthdate: null } }),
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    })
    const tokens = await openid.authorizationCodeGrant(config, await allow(browser, url.href), { pkceCodeVerifier: verifier, idTokenExpected: true })
    const { sub, given_name, birthdate, nickname } = tokens.claims() ?? assert.fail('an ID token')
    assert.deepEqual([given_name, birthdate, nickname], [wholeProfile.given_name, wholeProfile.birthdate, undefined])
    const { updated_at, ...info } = await openid.fetchUserInfo(config, tokens.access_token, sub)
    assert.deepEqual(info, { sub, name: person.name, ...wholeProfile, email: person.email, email_verified: false })
    assert.equal(typeof updated_at, 'number')
  })
})

for (const { method, client, callback, scope } of ways) {
  describe(`oauth4webapi, ${method}`, () => {
    it('O1 O5 O6 O9 O10 O14: each step, and every check the library makes of our answers', async (t) => {
      const latchwork = await startLatchwork(t)
      const { as, self, authentication } = await discovered(latchwork, client.id, method)
      const verifier = oauth.generateRandomCodeVerifier()
      const state = oauth.generateRandomState()
      const nonce = oauth.generateRandomNonce()
      const url = new URL(as.authorization_endpoint ?? assert.fail('an authorization endpoint'))
      url.search = new URLSearchParams({
        client_id: client.id,
        redirect_uri: callback,
        response_type: 'code',
        scope,
        state,
        nonce,
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      }).toString()
      const back = await allow(await signUp(latchwork), url.href)
      const parameters = oauth.validateAuthResponse(as, self, back, state)
      const answer = await oauth.authorizationCodeGrantRequest(as, self, authentication, parameters, callback, verifier, insecure)
      const tokens = await oauth.processAuthorizationCodeResponse(as, self, answer, { expectedNonce: nonce, maxAge: 300, requireIdToken: true })
      await oauth.validateApplicationLevelSignature(as, answer, insecure)
      const subject = oauth.getValidatedIdTokenClaims(tokens)?.sub ?? assert.fail('an ID token')

      const told = await oauth.userInfoRequest(as, self, tokens.access_token, insecure)
      assert.equal((await oauth.processUserInfoResponse(as, self, subject, told)).sub, subject)

      const again = await oauth.refreshTokenGrantRequest(as, self, authentication, tokens.refresh_token ?? '', insecure)
      const refreshed = await oauth.processRefreshTokenResponse(as, self, again)
      assert.notEqual(refreshed.refresh_token, tokens.refresh_token)
      if (method !== 'none') assert.equal((await introspected(latchwork, client.id, method, refreshed.access_token)).active, true)
      const revoked = await oauth.revocationRequest(as, self, authentication, refreshed.access_token, insecure)
      await oauth.processRevocationResponse(revoked)
      if (method !== 'none') assert.equal((await introspected(latchwork, client.id, method, refreshed.access_token)).active, false)
      const refused = await oauth.userInfoRequest(as, self, refreshed.access_token, insecure)
      await assert.rejects(oauth.processUserInfoResponse(as, self, subject, refused), (error: unknown) => {
        assert.ok(error instanceof oauth.WWWAuthenticateChallengeError)
        assert.deepEqual([error.cause[0]?.scheme, error.cause[0]?.parameters.error], ['bearer', 'invalid_token'])
        return true
      })
    })
  })
}

describe('client credentials by both libraries', () => {
  it('O2 O10: a token for the client itself, told apart from a person’s', async (t) => {
    const latchwork = await startLatchwork(t)
    const config = await openid.discovery(new URL(latchwork.issuer), 'machine', testSecret, openidAuthentication.client_secret_basic, {
      execute: [openid.allowInsecureRequests],
    })
    const tokens = await openid.clientCredentialsGrant(config, { scope: 'notes:read', resource: API })
    assert.deepEqual([tokens.scope, tokens.refresh_token, tokens.id_token], ['notes:read', undefined, undefined])
    const known = await openid.tokenIntrospection(config, tokens.access_token)
    assert.deepEqual([known.active, known.sub, known.client_id, known.aud], [true, 'machine', 'machine', API])

    const { as, self, authentication } = await discovered(latchwork, 'machine', 'client_secret_basic')
    const answer = await oauth.clientCredentialsGrantRequest(as, self, authentication, {}, insecure)
    assert.equal((await oauth.processClientCredentialsResponse(as, self, answer)).scope, 'notes:read notes:write')
    const refused = await oauth.clientCredentialsGrantRequest(as, self, authentication, { scope: 'notes:erase' }, insecure)
    await assert.rejects(oauth.processClientCredentialsResponse(as, self, refused), { error: 'invalid_scope', status: 400 })
    const stranger = await oauth.clientCredentialsGrantRequest(as, { client_id: 'nobody' }, authentication, {}, insecure)
    await assert.rejects(oauth.processClientCredentialsResponse(as, self, stranger), (error: unknown) => {
      assert.ok(error instanceof oauth.WWWAuthenticateChallengeError)
      assert.deepEqual([error.status, error.cause[0]?.scheme], [401, 'basic'])
      return true
    })
  })
})

describe('jose', () => {
  it('O6 J3: verifies the ID token from our key set, with at_hash, auth_time and nonce', async (t) => {
    const { latchwork, tokens } = await firstTokens(t)
    const keys = createRemoteJWKSet(new URL(`${latchwork.issuer}/jwks`))
    const { payload, protectedHeader } = await jwtVerify(tokens.id_token ?? '', keys, {
      issuer: latchwork.issuer,
      audience: testClients.web.id,
      algorithms: ['RS256'],
      requiredClaims: ['sub', 'iat', 'exp', 'auth_time', 'at_hash', 'nonce', 'sid'],
    })
    assert.equal(protectedHeader.typ, 'JWT')
    assert.equal(payload['nonce'], 'n-0S6')
    assert.ok(Number(payload['auth_time']) <= Number(payload.iat))
    const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(tokens.access_token))
    assert.equal(payload['at_hash'], Buffer.from(hash).subarray(0, 16).toString('base64url')) // OpenID Connect Core §3.1.3.6
    assert.doesNotMatch(JSON.stringify(payload), new RegExp(person.email), 'what UserInfo tells is not in the ID token (Core §5.4)')
  })

  it('J3: verifies the access token of a session from the same key set', async (t) => {
    const { latchwork } = await firstTokens(t)
    const signedIn = await latchwork.call('POST', '/v1/sessions/sign-in', {
      body: { email: person.email, password: person.password },
      headers: { origin: latchwork.issuer },
    })
    assert.equal(signedIn.status, 200, JSON.stringify(signedIn.body))
    const token = signedIn.body.accessToken
    const keys = createRemoteJWKSet(new URL(`${latchwork.issuer}/jwks`))
    const { payload } = await jwtVerify(token, keys, { issuer: latchwork.issuer, audience: API, algorithms: ['ES256'] })
    assert.equal(decodeProtectedHeader(token).alg, 'ES256')
    assert.ok(payload.sub)
  })

  it('J2: the key set holds public halves only, each with kid, alg and use', async (t) => {
    const latchwork = await startLatchwork(t)
    const { body, headers } = await latchwork.call('GET', '/jwks')
    assert.match(headers.get('content-type') ?? '', /^application\/(jwk-set\+)?json/)
    assert.deepEqual(body.keys.map((key: { alg: string }) => key.alg).sort(), ['ES256', 'RS256'])
    for (const key of body.keys) {
      assert.deepEqual(
        Object.keys(key).filter((member) => ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'].includes(member)),
        [],
      )
      assert.deepEqual([key.use, typeof key.kid], ['sig', 'string'])
    }
  })
})

async function discovered(latchwork: Latchwork, clientId: string, method: keyof typeof oauthAuthentication) {
  const issuer = new URL(latchwork.issuer)
  const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure }))
  return { as, self: { client_id: clientId }, authentication: oauthAuthentication[method] }
}

async function introspected(latchwork: Latchwork, clientId: string, method: keyof typeof oauthAuthentication, token: string) {
  const { as, self, authentication } = await discovered(latchwork, clientId, method)
  return oauth.processIntrospectionResponse(as, self, await oauth.introspectionRequest(as, self, authentication, token, insecure))
}

async function firstTokens(t: TestContext) {
  const latchwork = await startLatchwork(t)
  const config = await openid.discovery(new URL(latchwork.issuer), testClients.web.id, undefined, openid.ClientSecretBasic(testSecret), {
    execute: [openid.allowInsecureRequests],
  })
  const verifier = openid.randomPKCECodeVerifier()
  const url = openid.buildAuthorizationUrl(config, {
    redirect_uri: CALLBACK,
    scope: 'openid email',
    nonce: 'n-0S6',
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  })
  const back = await allow(await signUp(latchwork), url.href)
  const tokens = await openid.authorizationCodeGrant(config, back, { pkceCodeVerifier: verifier, expectedNonce: 'n-0S6' })
  return { latchwork, tokens }
}

describe('openid-client registers itself', () => {
  const CALLBACK_ELSEWHERE = 'https://rp.example.test/cb'
  const registration = { mode: 'open', scopes: ['openid', 'profile', 'notes:read'], audiences: [API] }

  it('O15: with a secret, and goes through the code flow', async (t) => {
    const latchwork = await startLatchwork(t, { config: { registration } })
    const metadata = {
      redirect_uris: [CALLBACK_ELSEWHERE],
      client_name: 'Registered',
      token_endpoint_auth_method: 'client_secret_post',
      grant_types: ['authorization_code', 'refresh_token'],
    }
    const config = await openid.dynamicClientRegistration(new URL(latchwork.issuer), metadata, undefined, { execute: [openid.allowInsecureRequests] })
    const code_verifier = openid.randomPKCECodeVerifier()
    const code_challenge = await openid.calculatePKCECodeChallenge(code_verifier)
    const url = openid.buildAuthorizationUrl(config, {
      redirect_uri: CALLBACK_ELSEWHERE,
      scope: 'openid profile',
      code_challenge,
      code_challenge_method: 'S256',
    })
    const target = await allow(await signUp(latchwork), url.href)
    const tokens = await openid.authorizationCodeGrant(config, target, { pkceCodeVerifier: code_verifier })
    assert.equal(tokens.claims()?.aud, config.clientMetadata().client_id)
    assert.ok((await openid.refreshTokenGrant(config, tokens.refresh_token ?? assert.fail())).access_token)
  })

  it('O13 O15: with a key, and proves itself by private_key_jwt', async (t) => {
    const latchwork = await startLatchwork(t, { config: { registration } })
    const { privateKey, publicKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
    const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', publicKey)
    const metadata = {
      grant_types: ['client_credentials'],
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [{ kty, crv, x, y, kid: 'rp', use: 'sig', alg: 'ES256' }] },
      scope: 'notes:read',
    } as unknown as Parameters<typeof openid.dynamicClientRegistration>[1]
    const known = await latchwork.call('POST', '/v1/initial-access-tokens', { bearer: latchwork.rootKey, body: { name: 'Known' } })
    const config = await openid.dynamicClientRegistration(new URL(latchwork.issuer), metadata, openid.PrivateKeyJwt({ key: privateKey, kid: 'rp' }), {
      execute: [openid.allowInsecureRequests],
      initialAccessToken: known.body.secret,
    })
    assert.equal((await openid.clientCredentialsGrant(config, { scope: 'notes:read' })).scope, 'notes:read')
  })
})
