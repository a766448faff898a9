/** Clients that wish their tokens in every form there is, and APIs whose tokens are JWTs. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { TestContext } from 'node:test'
import { digestOf } from '@latchwork/kernel'
import { type Authorization, authorize, basic, redeem } from './authorize.ts'
import { type Answer, API, type Latchwork, startLatchwork, testClients, type Wishes } from './start-latchwork.ts'
import { testSecret } from './test-secret.ts'
import type { WebBrowser } from './web-browser.ts'

export const JWT_API = 'https://jwt.example.test'
/** JWTs too, signed otherwise and for two minutes. */
export const RSA_API = 'https://rsa.example.test'
const read = (name: string) => ({ name, description: `Read ${name}` })

export const apis = [
  { identifier: API, name: 'Notes', firstParty: true, scopes: [read('notes:read'), read('notes:write')] },
  { identifier: JWT_API, name: 'Files', scopes: [read('files:read'), read('files:write')], tokenFormat: 'jwt', introspectionClients: ['files-api'] },
  {
    identifier: RSA_API,
    name: 'Music',
    scopes: [read('music:read')],
    tokenFormat: 'jwt',
    tokenSigningAlg: 'RS256',
    accessTokenLifetimeSeconds: 120,
    introspectionClients: ['music-api'],
  },
] as const

export const CALLBACK = testClients.web.redirectUris[0]
const everyScope = ['openid', 'profile', 'email', 'offline_access', 'notes:read', 'notes:write', 'files:read', 'files:write', 'music:read']

/** A confidential client for all APIs. */
export function clientOf(id: string, settings: Readonly<Record<string, unknown>> = {}, more: Readonly<Record<string, unknown>> = {}) {
  return {
    ...testClients.web,
    id,
    name: id,
    scopes: everyScope,
    audiences: [API, JWT_API, RSA_API],
    secretDigests: [digestOf(testSecret)],
    settings: { isAssured: true, ...settings },
    ...more,
  }
}

export const machineOf = (id: string) =>
  clientOf(id, {}, { redirectUris: [], grantTypes: ['client_credentials'], scopes: ['notes:read', 'files:read', 'music:read'] })

export function startWith(t: TestContext, clients: readonly object[] = [clientOf('app')], wishes: Wishes = {}, start = startLatchwork): Promise<Latchwork> {
  return start(t, { ...wishes, config: { apis, clients: [...clients, machineOf('files-api'), machineOf('music-api')], ...wishes.config } })
}

/** Takes a person through the code flow with one of these clients. */
export async function tokensFor(
  latchwork: Latchwork,
  clientId: string,
  parameters: Readonly<Record<string, string | undefined>>,
  browser?: WebBrowser,
): Promise<Answer & { readonly authorization: Authorization }> {
  const authorization = await authorize(latchwork, { client_id: clientId, ...parameters }, browser)
  return { ...(await redeem(latchwork, authorization, {}, basic(clientId))), authorization }
}

export interface ClientKey {
  readonly privateKey: KeyObject
  readonly jwk: Readonly<Record<string, unknown>>
}

/** A key pair of a client for encryption to it. */
export function encryptionKey(kind: 'rsa' | 'ec' | 'x25519'): ClientKey {
  const pair =
    kind === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : kind === 'ec'
        ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
        : generateKeyPairSync('x25519')
  return { privateKey: pair.privateKey, jwk: { ...pair.publicKey.export({ format: 'jwk' }), use: 'enc', kid: `enc-${kind}` } }
}
