/**
 * `npm --prefix bench run races`: one authorization code redeemed, one refresh token used, and one device code used, a hundred times at the same moment. One success is right; every
 * further one is a token for somebody who should have none. Beside Latchwork on its database oidc-provider, with the memory it comes with and with a store whose calls take a millisecond.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { allowedDevice } from './flows/device.ts'
import { latchworkServer, signUpPerson } from './flows/latchwork.ts'
import { type AuthorizationServer, openVisit } from './flows/oauth.ts'
import { oidcProviderServer } from './flows/oidc-provider.ts'
import { startLatchwork } from './latchwork.ts'
import { HttpConnection } from './load/http-connection.ts'
import { basic, formRequest, requestText } from './load/request.ts'
import { type Subject, startSubject } from './subject.ts'
import { versioned } from './versioned.ts'

const AT_ONCE = 100
const ROUNDS = 3

interface Runner {
  readonly name: string
  readonly server: AuthorizationServer
}

/** How often the same request succeeds, sent on so many open connections at once. */
async function successesOf(request: string, connections: readonly HttpConnection[]): Promise<number> {
  const answers = await Promise.all(connections.map((connection) => connection.send(request)))
  return answers.filter(({ status }) => status === 200).length
}

async function race({ name, server }: Runner): Promise<void> {
  const visitor = new HttpConnection(server.origin)
  const connections = Array.from({ length: AT_ONCE }, () => new HttpConnection(server.origin))
  try {
    const [codes, tokens, devices]: [number[], number[], number[]] = [[], [], []]
    for (let round = 0; round < ROUNDS; round++) {
      const visit = await openVisit(server, visitor, `offline_access ${server.scope}`)
      const redemption = await visit.redemption()
      await openAll(connections, server.origin)
      codes.push(await successesOf(redemption, connections))
      const { refresh_token: token = '' } = (await openVisit(server, visitor, `offline_access ${server.scope}`)).first
      const fields = { grant_type: 'refresh_token', refresh_token: token }
      tokens.push(await successesOf(formRequest(server.origin, server.paths.token, fields, basic(server.clientId, server.clientSecret)), connections))
      devices.push(await successesOf(await allowedDevice(server, visitor), connections))
    }
    console.log(
      `${name}\n    a code redeemed ${AT_ONCE} times at once: ${codes.join(', ')} succeeded\n    a refresh token used ${AT_ONCE} times at once: ${tokens.join(', ')} succeeded\n    a device code used ${AT_ONCE} times at once: ${devices.join(', ')} succeeded\n`,
    )
  } finally {
    for (const connection of [visitor, ...connections]) connection.close()
  }
}

/** So that no connection is still being made when the race begins. */
async function openAll(connections: readonly HttpConnection[], origin: string): Promise<void> {
  await Promise.all(connections.map((connection) => connection.send(requestText({ method: 'GET', origin, path: '/.well-known/openid-configuration' }))))
}

const data = join(import.meta.dirname, '../data')
mkdirSync(data, { recursive: true })
const folder = mkdtempSync(join(data, 'races-'))
const subjects: Subject[] = []
try {
  const latchwork = await startLatchwork(join(folder, 'latchwork'))
  subjects.push(latchwork.subject)
  const connection = new HttpConnection(latchwork.origin)
  await race({ name: 'Latchwork, SQLite', server: latchworkServer(latchwork, await signUpPerson(latchwork, connection)) })
  connection.close()
  for (const [name, settings] of [
    ['in memory', {}],
    ['a store of 1 ms a call', { storeMs: 1 }],
  ] as const) {
    const provider = await startSubject('oidc-provider', settings)
    subjects.push(provider)
    await race({ name: `${versioned('oidc-provider')}, ${name}`, server: oidcProviderServer(provider) })
  }
} finally {
  for (const subject of subjects) await subject.close()
  rmSync(folder, { recursive: true, force: true })
}
