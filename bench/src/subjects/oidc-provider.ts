/**
 * The peer for OAuth: oidc-provider with the adapter it comes with, which keeps everything in memory. Client credentials, code flow, refresh with rotation,
 * introspection; ES256 and RS256 keys. Its interactions answer by themselves: one person, who signs in and allows everything.
 */
import { generateKeyPairSync } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider, { type Configuration } from 'oidc-provider'
import { slowMemory } from './oidc-slow-memory.ts'
import { sayReady, settingsOf } from './ready.ts'

const CLIENT_ID = 'bench'
const CLIENT_SECRET = 'oidc-provider-bench-secret-of-a-fair-length-000000'
const REDIRECT_URI = 'http://127.0.0.1:9/callback'
const JWT_API = 'http://127.0.0.1/jwt-api'
const OPAQUE_API = 'http://127.0.0.1/opaque-api'
const SCOPE = 'notes:read'

const server = createServer()
server.listen(0, '127.0.0.1')
await new Promise<void>((resolve) => server.once('listening', () => resolve()))
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

function privateJwk(type: 'ES256' | 'RS256') {
  const { privateKey } = type === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('rsa', { modulusLength: 2048 })
  return { ...privateKey.export({ format: 'jwk' }), alg: type, use: 'sig' as const, kid: type }
}

/** Milliseconds that each call of the store takes; without, the adapter it comes with. */
const { storeMs } = settingsOf<{ readonly storeMs?: number }>()

const configuration: Configuration = {
  ...(storeMs === undefined ? {} : { adapter: slowMemory(storeMs) }),
  clients: [
    {
      client_id: CLIENT_ID,
      client_secret: CLIENT_SECRET,
      redirect_uris: [REDIRECT_URI],
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials', 'urn:ietf:params:oauth:grant-type:device_code'],
    },
  ],
  jwks: { keys: [privateJwk('RS256'), privateJwk('ES256')] } as NonNullable<Configuration['jwks']>,
  cookies: { keys: ['bench-cookie-key'] },
  scopes: ['openid', 'offline_access'],
  findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
  rotateRefreshToken: true, // each use rotates, as ours does; its default keeps a confidential client's token for a while
  issueRefreshToken: () => true,
  interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
  ttl: {
    AccessToken: 3600,
    ClientCredentials: 3600,
    AuthorizationCode: 60,
    DeviceCode: 600,
    IdToken: 3600,
    RefreshToken: 14 * 86400,
    Session: 14 * 86400,
    Grant: 14 * 86400,
    Interaction: 3600,
  },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    deviceFlow: { enabled: true },
    introspection: { enabled: true, allowedPolicy: () => true },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => OPAQUE_API,
      useGrantedResource: () => true,
      getResourceServerInfo: (_context, resource) => ({
        scope: SCOPE,
        accessTokenTTL: 3600,
        ...(resource === JWT_API ? { accessTokenFormat: 'jwt' as const, jwt: { sign: { alg: 'ES256' as const } } } : { accessTokenFormat: 'opaque' as const }),
      }),
    },
  },
}

console.warn = console.info = () => undefined // it warns of the in-memory adapter, which is what we want to measure, and of pages that nobody designed
const provider = new Provider(origin, configuration)
const callback = provider.callback()

server.on('request', (request, response) => {
  if (request.url?.startsWith('/interaction/')) void answerInteraction(request, response)
  else void callback(request, response)
})

/** The first interaction signs the person in, the second allows what was asked. */
async function answerInteraction(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const details = await provider.interactionDetails(request, response)
  if (details.prompt.name === 'login') {
    await provider.interactionFinished(request, response, { login: { accountId: 'ada' } })
    return
  }
  const grant = new provider.Grant({ accountId: 'ada', clientId: CLIENT_ID })
  grant.addOIDCScope('openid offline_access')
  grant.addResourceScope(OPAQUE_API, SCOPE)
  grant.addResourceScope(JWT_API, SCOPE)
  await provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } })
}

sayReady({ origin, clientId: CLIENT_ID, clientSecret: CLIENT_SECRET, redirectUri: REDIRECT_URI, scope: SCOPE, jwtApi: JWT_API, opaqueApi: OPAQUE_API })
