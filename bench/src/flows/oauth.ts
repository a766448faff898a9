/** What an OAuth client does, written once for every authorization server: ours and the peer differ only in addresses and in how a person signs in. */
import { createHash, randomBytes } from 'node:crypto'
import { Cookies, locationOf } from '../load/cookies.ts'
import type { Operation, Prepare } from '../load/drive.ts'
import type { Answer, HttpConnection } from '../load/http-connection.ts'
import { basic, formRequest, requestText } from '../load/request.ts'

/** An authorization server with one confidential client, and a way to sign its one person in. */
export interface AuthorizationServer {
  readonly origin: string
  readonly paths: {
    readonly authorize: string
    readonly token: string
    readonly introspect: string
    readonly deviceAuthorization: string
    readonly device: string
  }
  readonly clientId: string
  readonly clientSecret: string
  readonly redirectUri: string
  /** The scope for the API. */
  readonly scope: string
  /** APIs whose access tokens are opaque and signed. */
  readonly opaqueApi: string
  readonly jwtApi: string
  /** Follows the redirects of a first authorization until the person is signed in, has allowed it and stands at the redirect URI; gives that address. */
  readonly signIn: (connection: HttpConnection, cookies: Cookies, firstAnswer: Answer) => Promise<string>
  /** What its person fills in, beside what a form brings. */
  readonly person: Readonly<Record<string, string>>
}

interface TokenAnswer {
  readonly access_token: string
  readonly refresh_token?: string
  readonly id_token?: string
}

/** The body of a 200, read; anything else ends the run with what came instead. */
export function bodyOf<T>(answer: Answer, expectedStatus = 200): T {
  if (answer.status !== expectedStatus) throw new Error(`expected ${expectedStatus}, got ${answer.status}: ${answer.body.slice(0, 400)}`)
  return JSON.parse(answer.body) as T
}

export function clientCredentials(server: AuthorizationServer, resource: string): Prepare {
  const request = formRequest(
    server.origin,
    server.paths.token,
    { grant_type: 'client_credentials', scope: server.scope, resource },
    basic(server.clientId, server.clientSecret),
  )
  return async (connection) => {
    bodyOf<TokenAnswer>(await connection.send(request))
    return async () => checkStatus(await connection.send(request), 200)
  }
}

export function introspection(server: AuthorizationServer): Prepare {
  return async (connection) => {
    const credentials = basic(server.clientId, server.clientSecret)
    const grant = { grant_type: 'client_credentials', scope: server.scope, resource: server.opaqueApi }
    const { access_token: token } = bodyOf<TokenAnswer>(await connection.send(formRequest(server.origin, server.paths.token, grant, credentials)))
    const request = formRequest(server.origin, server.paths.introspect, { token }, credentials)
    const { active } = bodyOf<{ active: boolean }>(await connection.send(request))
    if (!active) throw new Error('the token to introspect is not active')
    return async () => checkStatus(await connection.send(request), 200)
  }
}

/** Authorize, code, token with ID token, for a person who is signed in and has allowed it before. */
export function codeFlow(server: AuthorizationServer): Prepare {
  return async (connection) => {
    const visit = await openVisit(server, connection, `openid ${server.scope}`)
    const { id_token: idToken } = await visit.authorize()
    if (idToken === undefined) throw new Error('no ID token came')
    return async () => {
      await visit.authorize()
    }
  }
}

/** One refresh, with rotation, of a grant for the API alone (no ID token). */
export function refresh(server: AuthorizationServer): Prepare {
  return async (connection) => {
    const visit = await openVisit(server, connection, `offline_access ${server.scope}`)
    let { refresh_token: current } = visit.first
    const credentials = basic(server.clientId, server.clientSecret)
    const once: Operation = async () => {
      if (current === undefined) throw new Error('no refresh token came')
      const answer = await connection.send(formRequest(server.origin, server.paths.token, { grant_type: 'refresh_token', refresh_token: current }, credentials))
      const { refresh_token: next } = bodyOf<TokenAnswer>(answer)
      if (next === current) throw new Error('the refresh token was not rotated')
      current = next
    }
    await once()
    return once
  }
}

interface Visit {
  /** What the first authorization brought. */
  readonly first: TokenAnswer
  readonly authorize: () => Promise<TokenAnswer>
  /** A code that was not redeemed yet: the request that redeems it. */
  readonly redemption: () => Promise<string>
}

/** Signs the one person in, and allows the scopes. @param connection of the client, whose server asks for tokens; the person's browser has another. */
export async function openVisit(server: AuthorizationServer, connection: HttpConnection, scope: string): Promise<Visit> {
  const browser = connection.other()
  const cookies = new Cookies()
  const fixed = {
    response_type: 'code',
    client_id: server.clientId,
    redirect_uri: server.redirectUri,
    scope,
    resource: server.opaqueApi,
    code_challenge_method: 'S256',
  }
  const credentials = basic(server.clientId, server.clientSecret)

  const askForCode = async (extra: Readonly<Record<string, string>>, follow: (answer: Answer) => Promise<string>): Promise<string> => {
    const verifier = randomBytes(32).toString('base64url')
    const query = new URLSearchParams({
      ...fixed,
      ...extra,
      state: verifier.slice(0, 16),
      ...(scope.includes('openid') ? { nonce: verifier.slice(16) } : {}),
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    })
    const path = `${server.paths.authorize}?${query}`
    const answer = await browser.send(requestText({ method: 'GET', origin: server.origin, path, headers: { cookie: cookies.header } }))
    cookies.take(answer)
    const location = await follow(answer)
    const code = new URL(location).searchParams.get('code')
    if (code === null) throw new Error(`the authorization brought no code: ${location}`)
    const form = { grant_type: 'authorization_code', code, redirect_uri: server.redirectUri, code_verifier: verifier }
    return formRequest(server.origin, server.paths.token, form, credentials)
  }
  const redeem = async (request: string) => bodyOf<TokenAnswer>(await connection.send(request))
  const redemption = () => askForCode({}, async (answer) => locationOf(answer))

  const first = await redeem(await askForCode({ prompt: 'consent' }, (answer) => server.signIn(browser, cookies, answer)))
  return { first, authorize: async () => redeem(await redemption()), redemption }
}

export function checkStatus(answer: Answer, expectedStatus: number): void {
  if (answer.status !== expectedStatus) throw new Error(`expected ${expectedStatus}, got ${answer.status}: ${answer.body.slice(0, 400)}`)
}
