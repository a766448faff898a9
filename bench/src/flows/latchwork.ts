/** Latchwork as an authorization server for the flows; its person signs in and allows on the server's own pages. */
import { randomBytes } from 'node:crypto'
import type { Latchwork } from '../latchwork.ts'
import { type Cookies, locationOf } from '../load/cookies.ts'
import type { Answer, HttpConnection } from '../load/http-connection.ts'
import { formRequest, jsonRequest, requestText } from '../load/request.ts'
import { formOf } from './forms.ts'
import type { AuthorizationServer } from './oauth.ts'
import { bodyOf } from './oauth.ts'

export interface Person {
  readonly email: string
  readonly password: string
}

export async function signUpPerson({ origin }: Latchwork, connection: HttpConnection): Promise<Person> {
  const person = { email: `ada-${randomBytes(6).toString('hex')}@example.com`, password: randomBytes(18).toString('base64url') }
  bodyOf(await connection.send(jsonRequest(origin, '/v1/sessions/sign-up', { ...person, name: 'Ada' }, { origin })), 201)
  return person
}

/** @param person Signs in on every connection; one person is enough, each sign-in is a session of its own. */
export function latchworkServer(latchwork: Latchwork, person: Person): AuthorizationServer {
  const { origin, client, scope, api, jwtApi } = latchwork
  return {
    origin,
    paths: { authorize: '/authorize', token: '/token', introspect: '/introspect', deviceAuthorization: '/device_authorization', device: '/device' },
    clientId: client.id,
    clientSecret: client.secret,
    redirectUri: client.redirectUri,
    scope,
    opaqueApi: api,
    jwtApi,
    signIn: (connection, cookies, first) => signIn(origin, client.redirectUri, person, connection, cookies, first),
    person: { ...person, decision: 'allow' },
  }
}

/** Sign-in page, posted; back to `/authorize`; consent page, allowed. */
async function signIn(origin: string, redirectUri: string, person: Person, connection: HttpConnection, cookies: Cookies, first: Answer): Promise<string> {
  const get = async (path: string) => {
    const answer = await connection.send(requestText({ method: 'GET', origin, path, headers: { cookie: cookies.header } }))
    cookies.take(answer)
    return answer
  }
  let answer = first
  for (let hop = 0; hop < 10; hop++) {
    if (answer.status === 200) {
      const form = formOf(answer.body)
      const filled = form.action === '/login' ? { ...form.hidden, ...person } : { ...form.hidden, scope: form.scopes, decision: 'allow' }
      const fields = new URLSearchParams()
      for (const [name, value] of Object.entries(filled)) for (const one of [value].flat()) fields.append(name, one)
      answer = await connection.send(formRequest(origin, form.action, fields, { cookie: cookies.header, origin }))
      cookies.take(answer)
      continue
    }
    const location = new URL(locationOf(answer), origin)
    if (location.href.startsWith(redirectUri)) return location.href
    answer = await get(location.pathname + location.search)
  }
  throw new Error('the sign-in did not come to an end')
}
