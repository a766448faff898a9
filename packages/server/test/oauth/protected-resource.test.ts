/** A client that knows the address of an API and nothing else finds the way to a token (RFC 9728 §5), with every check that oauth4webapi makes. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { createVerifier, type ProtectedResource, protect, protectedResource } from '@latchwork/verify'
import fastify from 'fastify'
import * as oauth from 'oauth4webapi'
import { allow, authorize, basic, redeem, refresh, signUp } from '../kit/authorize.ts'
import { freePort, type Latchwork, refuses, startLatchwork } from '../kit/start-latchwork.ts'

const insecure = { [oauth.allowInsecureRequests]: true } as const
const CALLBACK = 'http://127.0.0.1:54321/cb'

/** An API that the server knows, at an address of this machine. */
async function startApi(t: TestContext) {
  const port = await freePort()
  const resource = `http://localhost:${port}/notes`
  const apis = [{ identifier: resource, name: 'Notes', scopes: [{ name: 'notes:read', description: 'Read your notes' }] }]
  const registration = { mode: 'open', scopes: ['openid', 'notes:read'], audiences: [resource], perAddressPerHour: 100 }
  const latchwork = await startLatchwork(t, { config: { apis, registration, clients: [] } })
  const verifier = createVerifier({ issuer: latchwork.issuer, audience: resource, rootKey: latchwork.rootKey, development: true, log: () => {} })
  const metadata = protectedResource({ resource, authorizationServers: [latchwork.issuer], scopes: ['notes:read'] })
  const listener = protect(verifier, { scopes: ['notes:read'] }, (_request, response, { subject }) => void response.end(`Hello ${subject}`), {
    resource: metadata,
  })
  await listen(t, createServer(listener), port)
  t.after(() => verifier.close())
  return { latchwork, resource }
}

async function listen(t: TestContext, server: Server, port = 0): Promise<string> {
  await once(server.listen(port, 'localhost'), 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://localhost:${(server.address() as AddressInfo).port}`
}

/** What the 401 names, as the library reads it. */
async function metadataNamedBy(api: URL): Promise<URL> {
  const refused = await oauth.protectedResourceRequest('unknown', 'GET', api, new Headers(), null, insecure).catch((error: unknown) => error)
  assert.ok(refused instanceof oauth.WWWAuthenticateChallengeError, String(refused))
  const [challenge] = refused.cause
  assert.equal(challenge?.scheme, 'bearer')
  return new URL(challenge.parameters.resource_metadata ?? assert.fail('no resource_metadata'))
}

async function registered(as: oauth.AuthorizationServer, scope: string): Promise<oauth.Client> {
  const metadata = { client_name: 'MCP client', redirect_uris: [CALLBACK], token_endpoint_auth_method: 'none', scope }
  return oauth.processDynamicClientRegistrationResponse(await oauth.dynamicClientRegistrationRequest(as, metadata, insecure))
}

async function tokenFor(latchwork: Latchwork, as: oauth.AuthorizationServer, client: oauth.Client, resource: string, scope: string): Promise<string> {
  const verifier = oauth.generateRandomCodeVerifier()
  const url = new URL(as.authorization_endpoint ?? assert.fail('an authorization endpoint'))
  url.search = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri: CALLBACK,
    response_type: 'code',
    scope,
    resource,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  }).toString()
  const back = oauth.validateAuthResponse(as, client, await allow(await signUp(latchwork), url.href))
  const more = { ...insecure, additionalParameters: { resource } }
  const answer = await oauth.authorizationCodeGrantRequest(as, client, oauth.None(), back, CALLBACK, verifier, more)
  return (await oauth.processAuthorizationCodeResponse(as, client, answer)).access_token
}

describe('a client that knows the address of an API alone', () => {
  it('O14 O15 O8: 401 → metadata of the resource → of the server → registration → a token that the API takes', async (t) => {
    const { latchwork, resource } = await startApi(t)
    const api = new URL(resource)
    const named = await metadataNamedBy(api)
    const discovered = await oauth.processResourceDiscoveryResponse(api, await oauth.resourceDiscoveryRequest(api, insecure))
    assert.equal(named.href, new URL('/.well-known/oauth-protected-resource/notes', api).href, 'where the library looks by itself (§3.1)')
    assert.deepEqual(discovered, await (await fetch(named)).json())
    const issuer = new URL(discovered.authorization_servers?.[0] ?? assert.fail('an authorization server'))
    const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure }))
    const scope = discovered.scopes_supported?.join(' ') ?? assert.fail('scopes')
    const client = await registered(as, scope)
    const token = await tokenFor(latchwork, as, client, discovered.resource, scope)
    const answer = await oauth.protectedResourceRequest(token, 'GET', api, new Headers(), null, insecure)
    assert.match(await answer.text(), /^Hello usr_/)
  })

  it('O14: mounted with one line in Express and in Fastify', async (t) => {
    const { expressApi } = (await import(new URL('express-api.js', import.meta.url).href)) as { expressApi: (resource: ProtectedResource) => RequestListener }
    const inFastify = (notes: ProtectedResource) => {
      const app = fastify({ forceCloseConnections: true })
      app.addHook('onRequest', (request, reply, done) => notes.handler(request.raw, reply.raw, done))
      app.get('/notes', (_request, reply) => reply.code(401).header('www-authenticate', `Bearer resource_metadata="${notes.url}"`).send())
      t.after(() => app.close())
      return app.ready().then(() => app.routing as RequestListener)
    }
    for (const listenerOf of [expressApi, inFastify]) {
      const port = await freePort()
      const notes = protectedResource({ resource: `http://localhost:${port}/notes`, authorizationServers: ['https://auth.example.com'] })
      await listen(t, createServer(await listenerOf(notes)), port)
      const api = new URL(notes.metadata.resource)
      assert.equal((await metadataNamedBy(api)).href, notes.url)
      assert.deepEqual(await oauth.processResourceDiscoveryResponse(api, await oauth.resourceDiscoveryRequest(api, insecure)), notes.metadata)
    }
  })

  it('O14: UserInfo’s 401 leads to the server as well', async (t) => {
    const latchwork = await startLatchwork(t)
    const userInfo = new URL(`${latchwork.issuer}/userinfo`)
    assert.equal((await metadataNamedBy(userInfo)).href, `${latchwork.issuer}/.well-known/oauth-protected-resource/userinfo`)
    const { authorization_servers } = await oauth.processResourceDiscoveryResponse(userInfo, await oauth.resourceDiscoveryRequest(userInfo, insecure))
    assert.deepEqual(authorization_servers, [latchwork.issuer])
  })

  it('O8 O14: the resource that UserInfo says it is can be asked for, at each endpoint, and by a program without a person not (RFC 8707 §2)', async (t) => {
    const latchwork = await startLatchwork(t)
    const browser = await signUp(latchwork)
    const { body } = await latchwork.call('GET', '/.well-known/oauth-protected-resource/userinfo')
    const { resource } = body
    const asked = await redeem(latchwork, await authorize(latchwork, { scope: 'openid email notes:read', resource }, browser))
    assert.deepEqual([asked.status, asked.body.scope], [200, 'openid email'])
    const wide = await redeem(latchwork, await authorize(latchwork, { scope: 'openid email notes:read' }, browser), { resource })
    const { status, body: narrow } = await refresh(latchwork, wide.body.refresh_token, { resource })
    assert.deepEqual([wide.body.scope, status, narrow.scope], ['openid email', 200, 'openid email'])
    for (const { access_token } of [asked.body, wide.body, narrow])
      assert.equal((await latchwork.call('GET', '/userinfo', { bearer: access_token })).body.email, 'ada@example.com')
    refuses(await latchwork.form('/token', { grant_type: 'client_credentials', resource }, basic('machine')), 400, 'invalid_target')
  })
})
