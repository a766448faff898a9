/** Everything that is measured, one row each. What each means is said in README.md. */
import { join } from 'node:path'
import type { Bench, Contest, Contestant, Contestants } from './contest.ts'
import { inProcess, overHttp } from './contestants.ts'
import { auditOfTree } from './flows/audit.ts'
import { keyJudged, keyJudgeMiss, keyMetered, keyMiss, keyStoreSize, keyTiming } from './flows/keys.ts'
import { latchworkServer, signUpPerson } from './flows/latchwork.ts'
import { type AuthorizationServer, checkStatus, clientCredentials, codeFlow, introspection, refresh } from './flows/oauth.ts'
import { oidcProviderServer } from './flows/oidc-provider.ts'
import { scanOf } from './flows/scan.ts'
import { sessionRefresh, sessionVerification, signedInPerson } from './flows/sessions.ts'
import { keyRequest, type Latchwork, latchworkOf, mintApiKey, newInstallation, rootHeaders, startLatchwork } from './latchwork.ts'
import type { Prepare } from './load/drive.ts'
import { HttpConnection } from './load/http-connection.ts'
import { jsonRequest } from './load/request.ts'

import { versioned } from './versioned.ts'

const OURS = 'Latchwork'

/** The same request over and over. */
function repeated(request: string, expectedStatus: number): Prepare {
  return async (connection) => {
    checkStatus(await connection.send(request), expectedStatus)
    return async () => checkStatus(await connection.send(request), expectedStatus)
  }
}

const ACCOUNTS = 200

/** Restricted keys of accounts in turn: what an account may have is counted before each, and an account that has tens of thousands is none that anybody runs. */
function keysOfManyAccounts(latchwork: Latchwork): Prepare {
  let requests: Promise<readonly string[]> | undefined
  let next = 0
  return async (connection) => {
    requests ??= accountsMade(latchwork, connection)
    const ready = await requests
    return async () => checkStatus(await connection.send(ready[next++ % ready.length] as string), 201)
  }
}

/** A request for a key of each of so many new accounts. */
async function accountsMade(latchwork: Latchwork, connection: HttpConnection): Promise<readonly string[]> {
  const requests: string[] = []
  for (let number = 0; number < ACCOUNTS; number++) {
    const answer = await connection.send(jsonRequest(latchwork.origin, '/v1/accounts', { name: `Bench ${number}` }, rootHeaders(latchwork)))
    checkStatus(answer, 201)
    const { id } = JSON.parse(answer.body) as { readonly id: string }
    requests.push(jsonRequest(latchwork.origin, '/v1/keys', keyRequest({ ...latchwork, accountId: id }), rootHeaders(latchwork)))
  }
  return requests
}

/** Ours, and a bare route that reads the same bytes and answers with the same payload. */
async function besideBareRoute(
  bench: Bench,
  latchwork: Latchwork,
  path: string,
  body: object,
  headers: Readonly<Record<string, string>>,
  expectedStatus: number,
) {
  const connection = new HttpConnection(latchwork.origin)
  const answer = await connection.send(jsonRequest(latchwork.origin, path, body, headers))
  connection.close()
  checkStatus(answer, expectedStatus)
  const bare = await bench.subject('bare-fastify', { routes: [{ path, status: expectedStatus, payload: JSON.parse(answer.body) as unknown }] })
  const request = (origin: string) => repeated(jsonRequest(origin, path, body, headers), expectedStatus)
  return {
    ours: await overHttp(OURS, latchwork.subject, bench.connections, request(latchwork.origin)),
    limit: await overHttp('bare Fastify route', bare, bench.connections, request(bare.ready.origin)),
  }
}

function betterAuth(bench: Bench) {
  return bench.subject('better-auth', { folder: bench.folder })
}

/** A flow at ours and at oidc-provider. */
function besideOidcProvider(flow: (server: AuthorizationServer) => Prepare, limit?: (bench: Bench) => Promise<Contestant>) {
  return async (bench: Bench): Promise<Contestants> => {
    const latchwork = await latchworkOf(bench)
    const connection = new HttpConnection(latchwork.origin)
    const ours = latchworkServer(latchwork, await signUpPerson(latchwork, connection))
    connection.close()
    const provider = await bench.subject('oidc-provider')
    const theirs = oidcProviderServer(provider)
    return {
      ours: await overHttp(OURS, latchwork.subject, bench.connections, flow(ours)),
      peer: await overHttp(versioned('oidc-provider'), provider, bench.connections, flow(theirs)),
      ...(limit === undefined ? {} : { limit: await limit(bench) }),
    }
  }
}

async function bareInsert(bench: Bench): Promise<Contestant> {
  return inProcess('bare fsynced insert', await bench.subject('bare-insert', { folder: bench.folder }))
}

async function bareSignature(bench: Bench): Promise<Contestant> {
  return inProcess('bare ES256 signature', await bench.subject('bare-es256'))
}

export const contests: readonly Contest[] = [
  {
    name: 'key-verify',
    title: 'An API key verified over HTTP (POST /v1/verify)',
    unit: '/s',
    targets: [
      { against: 'limit', atLeast: 0.75 },
      { against: 'peer', atLeast: 20 },
    ],
    open: async (bench) => {
      const latchwork = await latchworkOf(bench)
      const credential = await mintApiKey(latchwork)
      const both = await besideBareRoute(bench, latchwork, '/v1/verify', { credential }, rootHeaders(latchwork), 200)
      const peer = await betterAuth(bench)
      const request = repeated(jsonRequest(peer.ready.origin, '/verify-key', { key: peer.ready['key'] }), 200)
      return { ...both, peer: await overHttp(versioned('better-auth'), peer, bench.connections, request) }
    },
  },
  {
    name: 'garbage-refused',
    title: 'Garbage as a credential, refused by its checksum (401)',
    unit: '/s',
    targets: [{ against: 'limit', atLeast: 0.9 }],
    open: async (bench) => {
      const latchwork = await latchworkOf(bench)
      const garbage = `${latchwork.rootKey.slice(0, -1)}${latchwork.rootKey.endsWith('a') ? 'b' : 'a'}`
      return besideBareRoute(bench, latchwork, '/v1/verify', { credential: 'none' }, { authorization: `Bearer ${garbage}` }, 401)
    },
  },
  {
    name: 'key-judge',
    title: 'A key judged over HTTP (POST /v1/keys/verify), remembered',
    unit: '/s',
    targets: [{ against: 'limit', atLeast: 0.75 }],
    open: keyJudged,
  },
  {
    name: 'key-metered',
    title: 'A key judged over HTTP, with two limits and a list of networks',
    unit: '/s',
    targets: [{ against: 'limit', atLeast: 0.6 }],
    open: keyMetered,
  },
  {
    name: 'key-miss',
    title: 'A key verified over HTTP (POST /v1/verify) that is not remembered: looked up in SQLite',
    unit: '/s',
    targets: [{ against: 'limit', atLeast: 0.5 }],
    open: keyMiss,
  },
  {
    name: 'key-judge-miss',
    title: 'The same judged (POST /v1/keys/verify), with the use of every key on the disk a second later',
    unit: '/s',
    targets: [],
    open: keyJudgeMiss,
  },
  {
    name: 'key-million',
    title: 'p50 of a look-up with a million keys, beside ten thousand',
    unit: 'ms',
    targets: [{ against: 'limit', atMost: 1.3 }],
    open: keyStoreSize(1_000_000),
  },
  {
    name: 'key-ten-million',
    title: 'p50 of a look-up with ten million keys, beside ten thousand',
    unit: 'ms',
    targets: [{ against: 'limit', atMost: 1.3 }],
    isLong: true,
    open: keyStoreSize(10_000_000),
  },
  {
    name: 'key-timing',
    title: "Welch's t of 20 000 look-ups: keys drawn at random against keys close to a known one",
    unit: '',
    targets: [{ against: 'value', atMost: 4.5 }],
    open: keyTiming,
  },
  {
    name: 'key-mint',
    title: 'An API key made (POST /v1/keys), durable',
    unit: '/s',
    targets: [],
    open: async (bench) => {
      const latchwork = await latchworkOf(bench)
      const request = keysOfManyAccounts(latchwork)
      const peer = await betterAuth(bench)
      return {
        ours: await overHttp(OURS, latchwork.subject, bench.connections, request),
        peer: await overHttp(versioned('better-auth'), peer, bench.connections, repeated(jsonRequest(peer.ready.origin, '/create-key', {}), 200)),
        limit: await bareInsert(bench),
      }
    },
  },
  {
    name: 'key-authenticate',
    title: 'authenticate() in process, an API key that is remembered',
    unit: '/s',
    targets: [{ against: 'value', atLeast: 300_000 }],
    open: async (bench) => {
      const latchwork = await latchworkOf(bench)
      const settings = {
        issuer: latchwork.origin,
        audience: latchwork.api,
        rootKey: latchwork.rootKey,
        credential: await mintApiKey(latchwork),
        scope: latchwork.scope,
      }
      return { ours: inProcess(OURS, await bench.subject('authenticate', settings)) }
    },
  },
  {
    name: 'session-authenticate',
    title: 'authenticate() in process, a session token that is remembered',
    unit: '/s',
    targets: [],
    open: async (bench) => {
      const latchwork = await latchworkOf(bench)
      const { accessToken } = await signedInPerson(latchwork)
      const settings = { issuer: latchwork.origin, audience: latchwork.api, rootKey: latchwork.rootKey, credential: accessToken, scope: latchwork.scope }
      return { ours: inProcess(OURS, await bench.subject('authenticate', settings)) }
    },
  },
  { name: 'session-verify', title: 'A session token verified at an API over HTTP', unit: '/s', targets: [], open: sessionVerification },
  { name: 'session-refresh', title: 'A session refreshed (rotation), durable', unit: '/s', targets: [], open: sessionRefresh },
  {
    name: 'client-credentials',
    title: 'Client credentials, opaque access token, durable',
    unit: '/s',
    targets: [{ against: 'peer', atLeast: 2.7 }],
    open: besideOidcProvider((server) => clientCredentials(server, server.opaqueApi), bareInsert),
  },
  {
    name: 'client-credentials-signed',
    title: 'Client credentials, access token signed with ES256, durable',
    unit: '/s',
    targets: [{ against: 'peer', atLeast: 2.5 }],
    open: besideOidcProvider((server) => clientCredentials(server, server.jwtApi), bareSignature),
  },
  {
    name: 'introspection',
    title: 'Introspection of an opaque access token',
    unit: '/s',
    targets: [{ against: 'peer', atLeast: 2.5 }],
    open: besideOidcProvider(introspection),
  },
  {
    name: 'code-flow',
    title: 'Code flow, person signed in and permission remembered: authorize, code, token with ID token',
    unit: '/s',
    targets: [{ against: 'peer', atLeast: 2.5 }],
    open: besideOidcProvider(codeFlow, bareSignature),
  },
  {
    name: 'refresh',
    title: 'Refresh of an OAuth grant, with rotation, durable',
    unit: '/s',
    targets: [{ against: 'peer', atLeast: 3 }],
    open: besideOidcProvider(refresh, bareInsert),
  },
  {
    name: 'scan-tree',
    title: 'A working tree scanned for keys, text, one thread',
    unit: 'MB/s',
    targets: [{ against: 'value', atLeast: 100 }],
    open: scanOf('path'),
  },
  {
    name: 'scan-history',
    title: 'The whole history of a repository scanned for keys, packed',
    unit: 'MB/s',
    targets: [{ against: 'value', atLeast: 50 }],
    open: scanOf('history'),
  },
  {
    name: 'audit-tree',
    title: 'A tree of TypeScript audited, one thread',
    unit: 's',
    targets: [{ against: 'value', atMost: 20 }],
    open: auditOfTree,
  },
  {
    name: 'start',
    title: 'Start to ready, with an existing database',
    unit: 'ms',
    targets: [{ against: 'value', atMost: 1500 }],
    open: async (bench) => {
      const folder = join(bench.folder, 'start')
      const installation = newInstallation(folder)
      const measure = async () => {
        const latchwork = await startLatchwork(folder, installation)
        await latchwork.subject.close()
        return { value: latchwork.millisecondsToReady }
      }
      return { ours: { name: OURS, close: () => undefined, measure } }
    },
  },
  {
    name: 'idle-memory',
    title: 'Resident memory two seconds after the start',
    unit: 'MB',
    targets: [{ against: 'value', atMost: 130 }],
    open: async (bench) => {
      const folder = join(bench.folder, 'idle')
      const installation = newInstallation(folder)
      const measure = async () => {
        const { subject } = await startLatchwork(folder, installation)
        await new Promise((resolve) => setTimeout(resolve, 2000))
        const value = subject.residentMegabytes() ?? Number.NaN
        await subject.close()
        return { value }
      }
      return { ours: { name: OURS, close: () => undefined, measure } }
    },
  },
]
