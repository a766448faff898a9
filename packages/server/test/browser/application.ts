/**
 * Somebody else's application: a small web server on 127.0.0.1, which to a browser is another site than the server on localhost. It speaks the code flow by `openid-client`, so
 * that what the server says is understood by a client that is not ours.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { digestOf } from '@latchwork/kernel'
import * as oidc from 'openid-client'
import { API, type Latchwork, startLatchwork, type Wishes } from '../kit/start-latchwork.ts'
import { testSecret } from '../kit/test-secret.ts'

export interface Application {
  readonly id: string
  readonly name: string
  readonly origin: string
  /** Each authorization response as it arrived. */
  readonly received: Received[]
  /** Where a person begins: goes to the server with these parameters beside the usual ones. */
  readonly startUrl: (parameters?: Readonly<Record<string, string>>) => string
  /** Registration at the server. */
  readonly declaration: Readonly<Record<string, unknown>>
  /** Serves a page of one's own making at a path; for pages of other sites that mean harm. */
  readonly serve: (path: string, html: string) => string
  /** Sends the browser on to this address after the callback, as applications do. */
  landing: string | undefined
}

export interface Received {
  readonly method: string
  readonly parameters: Readonly<Record<string, string>>
  /** Granted by the token endpoint; absent after an error. */
  readonly scope?: string
}

interface Attempt {
  readonly verifier: string
  readonly state: string
  readonly nonce: string
}

export interface ApplicationWishes {
  readonly id?: string
  readonly name?: string
}

const ALL_SCOPES = ['openid', 'profile', 'email', 'offline_access', 'notes:read', 'notes:write']

/** A server and one application that it knows. */
export async function startBoth(
  t: TestContext,
  wishes: ApplicationWishes & { readonly config?: Wishes['config'] } = {},
): Promise<{ readonly latchwork: Latchwork; readonly application: Application }> {
  const { connect, application } = await startApplication(t, wishes)
  const latchwork = await startLatchwork(t, { config: { clients: [application.declaration], ...wishes.config } })
  await connect(latchwork)
  return { latchwork, application }
}

/** Listens; `connect` once the server that knows it runs. */
export async function startApplication(
  t: TestContext,
  { id = 'acme', name = 'Acme Notes' }: ApplicationWishes = {},
): Promise<{ readonly application: Application; readonly connect: (latchwork: Latchwork) => Promise<void> }> {
  const server = createServer((request, response) => void answer(request, response).catch((error: unknown) => page(response, 500, `failed: ${error}`)))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const redirectUri = `${origin}/callback`
  const pages = new Map<string, string>()
  const received: Received[] = []
  const tokens = new Map<string, { readonly accessToken: string; readonly subject: string }>()
  let configuration: oidc.Configuration
  const application: Application = {
    id,
    name,
    origin,
    received,
    landing: undefined,
    startUrl: (parameters = {}) => `${origin}/start?${new URLSearchParams(parameters)}`,
    serve: (path, html) => {
      pages.set(path, html)
      return origin + path
    },
    declaration: {
      id,
      name,
      redirectUris: [redirectUri],
      scopes: ALL_SCOPES,
      audiences: [API],
      authenticationMethod: 'client_secret_basic',
      secretDigests: [digestOf(testSecret)],
    },
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', origin)
    const own = pages.get(url.pathname)
    if (own !== undefined) return page(response, 200, own)
    if (url.pathname === '/start') return start(response, url)
    if (url.pathname === '/callback') return finish(request, response, url)
    if (url.pathname === '/notes') return useToken(request, response)
    return page(response, url.pathname === '/' ? 200 : 404, `<h1>${escaped(name)}</h1><a id="start" href="/start">Sign in</a>`)
  }

  async function start(response: ServerResponse, { searchParams }: URL): Promise<void> {
    const verifier = oidc.randomPKCECodeVerifier()
    const attempt: Attempt = { verifier, state: searchParams.get('state') ?? oidc.randomState(), nonce: oidc.randomNonce() }
    const location = oidc.buildAuthorizationUrl(configuration, {
      redirect_uri: redirectUri,
      scope: 'openid email notes:read notes:write',
      ...Object.fromEntries(searchParams),
      state: attempt.state,
      nonce: attempt.nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    })
    // SameSite=None, because form_post comes back as a POST from another site.
    const cookie = `${cookieOf(attempt.state)}=${encodeURIComponent(JSON.stringify(attempt))}; Path=/callback; Secure; HttpOnly; SameSite=None`
    response.writeHead(303, { location: location.href, 'set-cookie': cookie }).end()
  }

  async function finish(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const isPost = request.method === 'POST'
    const body = isPost ? await textOf(request) : ''
    const parameters = Object.fromEntries(isPost ? new URLSearchParams(body) : url.searchParams)
    const attempt = cookiesOf(request).get(cookieOf(parameters['state'] ?? ''))
    if (attempt === undefined) return page(response, 400, '<h1 id="failed">No attempt of this browser</h1>')
    const { verifier, state, nonce } = JSON.parse(decodeURIComponent(attempt)) as Attempt
    const input = isPost ? new Request(redirectUri, { method: 'POST', body, headers: { 'content-type': 'application/x-www-form-urlencoded' } }) : url
    try {
      const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true }
      const granted = await oidc.authorizationCodeGrant(configuration, input, checks)
      const session = oidc.randomState()
      tokens.set(session, { accessToken: granted.access_token, subject: granted.claims()?.sub ?? '' })
      received.push({ method: request.method ?? '', parameters, scope: granted.scope ?? '' })
      const cookie = `acme_session=${session}; Path=/; HttpOnly; SameSite=Lax`
      if (application.landing !== undefined) return void response.writeHead(302, { location: application.landing, 'set-cookie': cookie }).end()
      return page(response, 200, `<h1 id="welcome">Welcome</h1><output id="scope">${escaped(granted.scope ?? '')}</output>`, cookie)
    } catch (error) {
      if (!(error instanceof oidc.AuthorizationResponseError)) throw error
      received.push({ method: request.method ?? '', parameters })
      return page(response, 200, `<h1 id="refused">${escaped(error.error)}</h1>`)
    }
  }

  /** Calls the server with the token it has, as an application does while the person is away. */
  async function useToken(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const session = tokens.get(cookiesOf(request).get('acme_session') ?? '')
    if (session === undefined) return page(response, 200, '<h1 id="call">no token</h1>')
    try {
      const person = await oidc.fetchUserInfo(configuration, session.accessToken, session.subject)
      return page(response, 200, `<h1 id="call">${escaped(String(person.email ?? person.sub))}</h1>`)
    } catch (error) {
      if (!(error instanceof oidc.WWWAuthenticateChallengeError)) throw error
      return page(response, 200, `<h1 id="call">refused ${error.status} ${escaped(error.cause[0]?.parameters.error ?? '')}</h1>`)
    }
  }

  const connect = async (latchwork: Latchwork): Promise<void> => {
    configuration = await oidc.discovery(new URL(latchwork.issuer), id, testSecret, oidc.ClientSecretBasic(testSecret), {
      execute: [oidc.allowInsecureRequests],
    })
  }
  return { application, connect }
}

function cookieOf(state: string): string {
  return `acme_${Buffer.from(state).toString('hex').slice(0, 200)}`
}

function cookiesOf(request: IncomingMessage): Map<string, string> {
  const pairs = (request.headers.cookie ?? '').split('; ').map((pair) => pair.split('='))
  return new Map(pairs.map(([name = '', value = '']) => [name, value]))
}

async function textOf(request: IncomingMessage): Promise<string> {
  return Buffer.concat(await request.toArray()).toString()
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}

function page(response: ServerResponse, status: number, content: string, cookie?: string): void {
  const document = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Acme</title><link rel="icon" href="data:,"></head><body>${content}</body></html>`
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', ...(cookie === undefined ? {} : { 'set-cookie': cookie }) }).end(document)
}
