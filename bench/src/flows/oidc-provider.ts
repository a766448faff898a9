/** oidc-provider as an authorization server for the flows. */
import type { Cookies } from '../load/cookies.ts'
import { locationOf } from '../load/cookies.ts'
import type { Answer, HttpConnection } from '../load/http-connection.ts'
import { requestText } from '../load/request.ts'
import type { Subject } from '../subject.ts'
import type { AuthorizationServer } from './oauth.ts'

export function oidcProviderServer({ ready }: Subject): AuthorizationServer {
  const detail = (name: string) => ready[name] ?? ''
  const redirectUri = detail('redirectUri')
  return {
    origin: ready.origin,
    paths: { authorize: '/auth', token: '/token', introspect: '/token/introspection', deviceAuthorization: '/device/auth', device: '/device' },
    clientId: detail('clientId'),
    clientSecret: detail('clientSecret'),
    redirectUri,
    scope: detail('scope'),
    opaqueApi: detail('opaqueApi'),
    jwtApi: detail('jwtApi'),
    signIn: (connection, cookies, first) => followRedirects(ready.origin, redirectUri, connection, cookies, first),
    person: {},
  }
}

/** Its interactions answer by themselves: following the redirects is all it takes. */
async function followRedirects(origin: string, redirectUri: string, connection: HttpConnection, cookies: Cookies, first: Answer): Promise<string> {
  let answer = first
  for (let hop = 0; hop < 10; hop++) {
    const location = new URL(locationOf(answer), origin)
    if (location.href.startsWith(redirectUri)) return location.href
    const path = location.pathname + location.search
    answer = await connection.send(requestText({ method: 'GET', origin, path, headers: { cookie: cookies.header } }))
    cookies.take(answer)
  }
  throw new Error('too many redirects')
}
