/** Sessions, ours and the peer's. The peer's session is a row behind a cookie, from which it signs a JWT on request; it rotates nothing. */

import type { Bench, Contestants } from '../contest.ts'
import { inProcess, overHttp } from '../contestants.ts'
import { type Latchwork, latchworkOf } from '../latchwork.ts'
import { Cookies } from '../load/cookies.ts'
import { HttpConnection } from '../load/http-connection.ts'
import { jsonRequest, requestText } from '../load/request.ts'
import { versioned } from '../versioned.ts'
import { signUpPerson } from './latchwork.ts'
import { bodyOf, checkStatus } from './oauth.ts'

interface SessionAnswer {
  readonly accessToken: string
}

/** A person who has just signed in by the JSON API. */
export async function signedInPerson(latchwork: Latchwork, given?: HttpConnection): Promise<{ readonly accessToken: string; readonly cookies: Cookies }> {
  const connection = given ?? new HttpConnection(latchwork.origin)
  const person = await signUpPerson(latchwork, connection)
  const cookies = new Cookies()
  const answer = await connection.send(jsonRequest(latchwork.origin, '/v1/sessions/sign-in', person, { origin: latchwork.origin }))
  cookies.take(answer)
  const { accessToken } = bodyOf<SessionAnswer>(answer)
  if (given === undefined) connection.close()
  return { accessToken, cookies }
}

/** An API that takes a session token: ours on node:http with `protect`; the peer's function behind a Fastify route; a bare Fastify route with our payload. */
export async function sessionVerification(bench: Bench): Promise<Contestants> {
  const latchwork = await latchworkOf(bench)
  const { accessToken } = await signedInPerson(latchwork)
  const api = await bench.subject('protected-api', { issuer: latchwork.origin, audience: latchwork.api, rootKey: latchwork.rootKey, scope: latchwork.scope })
  const call = (origin: string) =>
    requestText({ method: 'POST', origin, path: '/', headers: { authorization: `Bearer ${accessToken}`, 'content-length': '0' } })
  const connection = new HttpConnection(api.ready.origin)
  const answer = await connection.send(call(api.ready.origin))
  connection.close()
  const bare = await bench.subject('bare-fastify', { routes: [{ path: '/', status: 200, payload: bodyOf<unknown>(answer) }] })
  const peer = await bench.subject('better-auth', { folder: bench.folder })
  const peerToken = await tokenOfPeer(peer.ready.origin, peer.ready['cookie'] ?? '')
  const repeat = (request: string) => async (open: HttpConnection) => async () => checkStatus(await open.send(request), 200)
  return {
    ours: await overHttp('Latchwork', api, bench.connections, repeat(call(api.ready.origin))),
    peer: await overHttp(versioned('better-auth'), peer, bench.connections, repeat(jsonRequest(peer.ready.origin, '/verify-token', { token: peerToken }))),
    limit: await overHttp('bare Fastify route', bare, bench.connections, repeat(call(bare.ready.origin))),
  }
}

async function tokenOfPeer(origin: string, cookie: string): Promise<string> {
  const connection = new HttpConnection(origin)
  const answer = await connection.send(requestText({ method: 'GET', origin, path: '/token', headers: { cookie } }))
  connection.close()
  return bodyOf<{ token: string }>(answer).token
}

/** Each connection is a session of its own. */
export async function sessionRefresh(bench: Bench): Promise<Contestants> {
  const latchwork = await latchworkOf(bench)
  const { origin } = latchwork
  const peer = await bench.subject('better-auth', { folder: bench.folder })
  const peerRequest = requestText({ method: 'GET', origin: peer.ready.origin, path: '/token', headers: { cookie: peer.ready['cookie'] ?? '' } })
  return {
    ours: await overHttp('Latchwork', latchwork.subject, bench.connections, async (connection) => {
      const { cookies } = await signedInPerson(latchwork, connection)
      return async () => {
        const request = { method: 'POST', origin, path: '/v1/sessions/refresh', headers: { origin, cookie: cookies.header, 'content-length': '0' } } as const
        const answer = await connection.send(requestText(request))
        checkStatus(answer, 200)
        cookies.take(answer)
      }
    }),
    peer: await overHttp(
      `${versioned('better-auth')}, JWT only`,
      peer,
      bench.connections,
      async (connection) => async () => checkStatus(await connection.send(peerRequest), 200),
    ),
    limit: inProcess('bare fsynced insert', await bench.subject('bare-insert', { folder: bench.folder })),
  }
}
