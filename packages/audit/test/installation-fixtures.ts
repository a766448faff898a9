/** For each rule over an installation: what it must find, and what it must leave. Each is the sound installation below, with a few members changed. */
import type { ClientFacts, ConfigFacts, FrontFacts, InstallationFacts, KeyFacts, SigningKeyFacts } from '@latchwork/audit'
import { Secret } from '@latchwork/kernel'

const NOW = Date.parse('2026-06-01T12:00:00Z')
const DAY = 24 * 3600
const ago = (days: number): string => new Date(NOW - days * DAY * 1000).toISOString()
const ahead = (days: number): string => ago(-days)

type Patch<T> = { readonly [K in keyof T]?: T[K] extends readonly unknown[] ? T[K] : T[K] extends object | undefined ? Patch<NonNullable<T[K]>> | T[K] : T[K] }

const CONFIG: ConfigFacts = {
  issuer: 'https://auth.example.com',
  mode: 'production',
  http: { host: '127.0.0.1', trustedProxies: ['10.0.3.7'] },
  database: { engine: 'sqlite' },
  signing: { rotateEveryDays: 90, publishAheadHours: 24 },
  events: { keepDays: 400 },
  keys: { live: { requireExpiry: true, maxLifetimeDays: 365 }, revokeOnPlainHttp: true, unusedAfterDays: 90 },
  leaks: { policy: { live: 'revoke' } },
  signUp: { open: false },
  sessions: {
    accessTokenLifetimeSeconds: 600,
    refreshLifetimeSeconds: 30 * DAY,
    absoluteLifetimeSeconds: 90 * DAY,
    allowedOrigins: ['https://app.example.com'],
  },
  oauth: { accessTokenLifetimeSeconds: 900, refreshLifetimeSeconds: 30 * DAY, absoluteLifetimeSeconds: 180 * DAY },
  clientProofs: { profiles: ['oauth21'] },
  registration: { mode: 'closed', scopes: [], redirectHosts: ['example.com'], needsStatement: false, perAddressPerHour: 20, unusedAfterDays: 30 },
  applications: { maxPerPerson: 0, scopes: ['notes:read'] },
  outbound: { allow: [] },
  alerts: { emailTo: ['ops@example.com'] },
  log: { level: 'info' },
  apis: [{ identifier: 'https://api.example.com', scopes: [{ name: 'notes:read' }] }],
  clients: [],
  rootKeys: [],
  roles: [],
}

const CLIENT: ClientFacts = {
  id: 'web',
  name: 'Notes',
  redirectUris: ['https://notes.example.com/callback'],
  grantTypes: ['authorization_code', 'refresh_token'],
  scopes: ['openid', 'notes:read'],
  authenticationMethod: 'private_key_jwt',
  applicationType: 'web',
  environment: 'live',
  profile: 'oauth21',
}

const KEY: KeyFacts = {
  id: 'key_1',
  name: 'Export',
  kind: 'rk',
  environment: 'live',
  scopes: ['notes:read'],
  networks: ['192.0.2.0/24'],
  createdAt: ago(30),
  expiresAt: ahead(60),
  lastUsedAt: ago(1),
}

const SIGNING_KEY: SigningKeyFacts = {
  kid: 'k1',
  algorithm: 'ES256',
  state: 'current',
  publicKey: { kty: 'EC', crv: 'P-256', x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU', y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0' },
  usedFrom: ago(20),
}

const FRONT: FrontFacts = {
  address: 'https://auth.example.com/login',
  cookies: ['__Host-lw_browser=…; Path=/; Secure; HttpOnly; SameSite=Lax'],
  strictTransportSecurity: 'max-age=31536000; includeSubDomains',
  contentSecurityPolicy: "default-src 'none'; style-src 'self'; frame-ancestors 'none'",
  tls: { takesOldVersions: false, certificateEndsAt: NOW + 60 * DAY * 1000 },
}

export const sound: InstallationFacts = { now: NOW, config: CONFIG, clients: [CLIENT], keys: [KEY], signingKeys: [SIGNING_KEY], front: FRONT }

function merge<T>(whole: T, patch: Patch<T>): T {
  const merged: Record<string, unknown> = { ...(whole as Record<string, unknown>) }
  for (const [name, value] of Object.entries(patch)) {
    const before = merged[name]
    const isPart = typeof value === 'object' && value !== null && !Array.isArray(value) && typeof before === 'object' && before !== null
    merged[name] = isPart && Object.getPrototypeOf(value) === Object.prototype ? merge(before, value) : value
  }
  return merged as T
}

const config = (patch: Patch<ConfigFacts>): InstallationFacts => ({ ...sound, config: merge(CONFIG, patch) })
const client = (patch: Partial<ClientFacts>): InstallationFacts => ({ ...sound, clients: [{ ...CLIENT, ...patch }] })
const key = (patch: Partial<KeyFacts>): InstallationFacts => ({ ...sound, keys: [{ ...KEY, ...patch }] })
const signingKey = (patch: Partial<SigningKeyFacts>): InstallationFacts => ({ ...sound, signingKeys: [{ ...SIGNING_KEY, ...patch }] })
const postgres = (url: string): InstallationFacts => config({ database: { engine: 'postgres', url: new Secret(url) } })
const mail = (url: string): InstallationFacts => config({ mail: { smtpUrl: new Secret(url) } })
const front = (patch: Partial<FrontFacts>): InstallationFacts => ({ ...sound, front: { ...FRONT, ...patch } })
const frontWithout = (name: 'tls' | 'strictTransportSecurity' | 'contentSecurityPolicy'): InstallationFacts => {
  const { [name]: _gone, ...rest } = FRONT
  return { ...sound, front: rest }
}
const tls = (patch: Partial<NonNullable<FrontFacts['tls']>>): InstallationFacts =>
  front({ tls: { takesOldVersions: false, certificateEndsAt: NOW + 60 * DAY * 1000, ...patch } })
const unseen = (): InstallationFacts => {
  const { front: _gone, ...rest } = sound
  return rest
}
const without = (name: 'lastUsedAt' | 'expiresAt', more: Partial<KeyFacts> = {}): InstallationFacts => {
  const { [name]: _gone, ...rest } = KEY
  return { ...sound, keys: [{ ...rest, ...more }] }
}

export interface Cases<Facts> {
  readonly bad: readonly Facts[]
  readonly good: readonly Facts[]
}

export const installationCases: Readonly<Record<string, Cases<InstallationFacts>>> = {
  'issuer-not-https': {
    bad: [config({ issuer: 'http://auth.example.com' }), config({ issuer: 'http://10.0.0.4:8420' })],
    good: [sound, config({ issuer: 'http://localhost:8420' })],
  },
  'development-mode': {
    bad: [config({ mode: 'development' }), config({ mode: 'development', issuer: 'http://localhost:8420' })],
    good: [sound, config({ signUp: { open: true } })],
  },
  'no-tls-and-no-proxy': {
    bad: [config({ http: { trustedProxies: [] } }), config({ http: { trustedProxies: [], host: '10.0.0.2' } })],
    good: [sound, config({ http: { trustedProxies: [], tls: { cert: 'pem' } } }), config({ issuer: 'http://localhost', http: { trustedProxies: [] } })],
  },
  'proxies-too-wide': {
    bad: [config({ http: { trustedProxies: ['0.0.0.0/1'] } }), config({ http: { trustedProxies: ['10.0.3.7', '2000::/3'] } })],
    good: [sound, config({ http: { trustedProxies: ['10.0.0.0/8', '2001:db8::/32'] } })],
  },
  'reachable-beside-proxy': {
    bad: [config({ http: { host: '0.0.0.0' } }), config({ http: { host: '::' } })],
    good: [sound, config({ http: { host: '0.0.0.0', tls: { cert: 'pem' } } })],
  },
  'certificate-header-from-anybody': {
    bad: [
      config({ clientProofs: { mtls: { header: 'client-cert' } }, http: { trustedProxies: [] } }),
      config({ clientProofs: { mtls: { header: 'x-ssl-cert' } }, http: { trustedProxies: [], tls: { cert: 'pem' } } }),
    ],
    good: [sound, config({ clientProofs: { mtls: { header: 'client-cert' } } }), config({ clientProofs: { mtls: {} }, http: { trustedProxies: [] } })],
  },
  'cookie-unprotected': {
    bad: [
      front({ cookies: ['__Host-lw_browser=…; Path=/; HttpOnly; SameSite=Lax'] }),
      front({ cookies: ['lw_browser=…; Path=/; Secure; HttpOnly; SameSite=Lax'] }),
      front({ cookies: ['__Host-lw_browser=…; Path=/; Secure; HttpOnly; SameSite=None'] }),
      front({ cookies: ['__Host-lw_browser=…; Path=/auth; Secure; HttpOnly; SameSite=Lax; Domain=example.com'] }),
    ],
    good: [sound, unseen(), front({ cookies: [] }), front({ cookies: ['__Host-a=…;path=/;secure;httponly;samesite=strict'] })],
  },
  'strict-transport-lost': {
    bad: [frontWithout('strictTransportSecurity'), front({ strictTransportSecurity: 'max-age=3600' }), front({ strictTransportSecurity: 'includeSubDomains' })],
    good: [sound, frontWithout('tls'), front({ strictTransportSecurity: 'includeSubDomains; max-age="63072000"' })],
  },
  'frame-protection-lost': {
    bad: [frontWithout('contentSecurityPolicy'), front({ contentSecurityPolicy: "default-src 'self'" }), front({ contentSecurityPolicy: 'frame-ancestors *' })],
    good: [sound, unseen(), front({ contentSecurityPolicy: "frame-ancestors 'none'" })],
  },
  'old-tls-taken': {
    bad: [tls({ takesOldVersions: true }), { ...tls({ takesOldVersions: true }), now: NOW + 1000 }],
    good: [sound, frontWithout('tls')],
  },
  'certificate-ends-soon': {
    bad: [tls({ certificateEndsAt: NOW + 3 * DAY * 1000 }), tls({ certificateEndsAt: NOW - 1 })],
    good: [sound, frontWithout('tls'), tls({ certificateEndsAt: NOW + 15 * DAY * 1000 })],
  },
  'sign-up-open': {
    bad: [config({ signUp: { open: true } }), config({ signUp: { open: true }, issuer: 'https://id.example.org' })],
    good: [sound, config({ mode: 'development', signUp: { open: true } })],
  },
  'registration-open': {
    bad: [config({ registration: { mode: 'open' } }), config({ registration: { mode: 'open', redirectHosts: [] } })],
    good: [sound, config({ registration: { mode: 'open', needsStatement: true } }), config({ registration: { mode: 'token' } })],
  },
  'registration-redirects-anywhere': {
    bad: [config({ registration: { mode: 'token', redirectHosts: [] } }), config({ registration: { mode: 'open', redirectHosts: [] } })],
    good: [sound, config({ registration: { redirectHosts: [] } }), config({ registration: { mode: 'open' } })],
  },
  'registration-scopes-beyond-identity': {
    bad: [config({ registration: { mode: 'open', scopes: ['openid', 'notes:write'] } }), config({ registration: { mode: 'open', scopes: ['admin'] } })],
    good: [config({ registration: { mode: 'open', scopes: ['openid', 'email'] } }), config({ registration: { mode: 'token', scopes: ['notes:write'] } })],
  },
  'application-scopes-wildcard': {
    bad: [config({ applications: { maxPerPerson: 5, scopes: ['*'] } }), config({ registration: { mode: 'token', scopes: ['*:read'] } })],
    good: [config({ applications: { maxPerPerson: 5 } }), config({ applications: { scopes: ['*:*'] } })],
  },
  'registrations-unbounded': {
    bad: [config({ registration: { mode: 'open', perAddressPerHour: 1000 } }), config({ registration: { mode: 'open', perAddressPerHour: 201 } })],
    good: [config({ registration: { mode: 'open' } }), config({ registration: { mode: 'token', perAddressPerHour: 1000 } })],
  },
  'session-tokens-long': {
    bad: [config({ sessions: { accessTokenLifetimeSeconds: 901 } }), config({ sessions: { accessTokenLifetimeSeconds: 86_400 } })],
    good: [sound, config({ sessions: { accessTokenLifetimeSeconds: 900 } })],
  },
  'oauth-tokens-long': {
    bad: [config({ oauth: { accessTokenLifetimeSeconds: 7200 } }), config({ oauth: { accessTokenLifetimeSeconds: 30 * DAY } })],
    good: [sound, config({ oauth: { accessTokenLifetimeSeconds: 3600 } })],
  },
  'idle-too-long': {
    bad: [config({ sessions: { refreshLifetimeSeconds: 91 * DAY } }), config({ oauth: { refreshLifetimeSeconds: 365 * DAY } })],
    good: [sound, config({ oauth: { refreshLifetimeSeconds: 90 * DAY } })],
  },
  'never-asked-again': {
    bad: [config({ sessions: { absoluteLifetimeSeconds: 365 * DAY } }), config({ oauth: { absoluteLifetimeSeconds: 3650 * DAY } })],
    good: [sound, config({ sessions: { absoluteLifetimeSeconds: 180 * DAY }, oauth: { absoluteLifetimeSeconds: 365 * DAY } })],
  },
  'allowed-origin-not-https': {
    bad: [
      config({ sessions: { allowedOrigins: ['http://app.example.com'] } }),
      config({ sessions: { allowedOrigins: ['https://a.example', 'http://localhost:3000'] } }),
    ],
    good: [sound, config({ mode: 'development', sessions: { allowedOrigins: ['http://localhost:3000'] } })],
  },
  'compat-profile-enabled': {
    bad: [config({ clientProofs: { profiles: ['oauth21', 'oidc-compat'] } }), config({ clientProofs: { profiles: ['oidc-compat'] } })],
    good: [sound, config({ clientProofs: { profiles: [] } })],
  },
  'signing-rotates-seldom': {
    bad: [config({ signing: { rotateEveryDays: 366 } }), config({ signing: { rotateEveryDays: 3650 } })],
    good: [sound, config({ signing: { rotateEveryDays: 365 } })],
  },
  'signing-published-late': {
    bad: [config({ signing: { publishAheadHours: 0 } }), config({ signing: { publishAheadHours: 5 } })],
    good: [sound, config({ signing: { publishAheadHours: 6 } })],
  },
  'live-keys-live-for-ever': {
    bad: [
      { ...sound, config: { ...CONFIG, keys: { ...CONFIG.keys, live: { requireExpiry: false } } } },
      { ...sound, config: { ...CONFIG, keys: { ...CONFIG.keys, live: { requireExpiry: false } }, issuer: 'https://id.example.org' } },
    ],
    good: [sound, config({ keys: { live: { requireExpiry: false } } }), config({ mode: 'development', keys: { live: { requireExpiry: false } } })],
  },
  'live-keys-live-long': {
    bad: [config({ keys: { live: { maxLifetimeDays: 731 } } }), config({ keys: { live: { maxLifetimeDays: 3650 } } })],
    good: [sound, config({ keys: { live: { maxLifetimeDays: 730 } } })],
  },
  'unused-keys-unseen': {
    bad: [config({ keys: { unusedAfterDays: 366 } }), config({ keys: { unusedAfterDays: 2000 } })],
    good: [sound, config({ keys: { unusedAfterDays: 365 } })],
  },
  'registrations-kept': {
    bad: [config({ registration: { mode: 'open', unusedAfterDays: 184 } }), config({ registration: { mode: 'token', unusedAfterDays: 3650 } })],
    good: [sound, config({ registration: { unusedAfterDays: 3650 } })],
  },
  'events-kept-for-ever': {
    bad: [
      { ...sound, config: { ...CONFIG, events: {} } },
      { ...sound, config: { ...CONFIG, events: {}, mode: 'development' } },
    ],
    good: [sound, config({ events: { keepDays: 3650 } })],
  },
  'events-kept-short': {
    bad: [config({ events: { keepDays: 89 } }), config({ events: { keepDays: 1 } })],
    good: [sound, config({ events: { keepDays: 90 } }), config({ events: { keepDays: 30 }, mode: 'development' })],
  },
  'leaked-live-keys-left': {
    bad: [config({ leaks: { policy: { live: 'notify' } } }), config({ leaks: { policy: { live: 'notify' }, github: { keysUrl: 'https://api.github.com' } } })],
    good: [sound, config({ leaks: { policy: { live: { revokeAfterMinutes: 30 } } } })],
  },
  'outbound-to-cloud-metadata': {
    bad: [config({ outbound: { allow: ['169.254.169.254'] } }), config({ outbound: { allow: ['vault.internal:8200', 'metadata.google.internal'] } })],
    good: [sound, config({ outbound: { allow: ['vault.internal:8200', '169.254.1.1'] } })],
  },
  'database-in-clear': {
    bad: [postgres('postgres://l@db.internal/latchwork'), postgres('postgres://l@db.internal/latchwork?sslmode=prefer')],
    good: [postgres('postgres://l@localhost/latchwork'), postgres('postgres://l@db.internal/latchwork?sslmode=verify-full')],
  },
  'mail-in-clear': {
    bad: [mail('smtp://mail.example.com:25'), mail('smtp://user@mail.example.com:587')],
    good: [mail('smtps://mail.example.com'), mail('smtp://localhost:1025')],
  },
  'nobody-is-alerted': {
    bad: [config({ alerts: { emailTo: [] } }), config({ alerts: { emailTo: [] }, keys: { unusedAfterDays: 30 } })],
    good: [sound, config({ alerts: { emailTo: [], webhook: { url: 'https://ops.example.com' } } })],
  },
  'log-too-chatty': {
    bad: [config({ log: { level: 'debug' } }), config({ log: { level: 'trace' } })],
    good: [sound, config({ mode: 'development', log: { level: 'debug' } })],
  },
  'root-key-may-everything': {
    bad: [config({ rootKeys: [{ name: 'ci', scopes: ['*:*'] }] }), config({ rootKeys: [{ name: 'ci', scopes: ['keys:read', '*'] }] })],
    good: [sound, config({ rootKeys: [{ name: 'api', scopes: ['credentials:verify'] }] })],
  },

  'client-redirect-not-https': {
    bad: [client({ redirectUris: ['http://notes.example.com/callback'] }), client({ redirectUris: ['https://a.example/cb', 'http://10.0.0.3/cb'] })],
    good: [sound, client({ redirectUris: ['http://127.0.0.1/cb'], applicationType: 'native' })],
  },
  'client-redirect-wildcard': {
    bad: [client({ redirectUris: ['https://*.example.com/cb'] }), client({ redirectUris: ['https://a.example/*'] })],
    good: [sound, client({ redirectUris: ['https://a.example/cb?next=%2A'] })],
  },
  'client-redirect-to-this-machine': {
    bad: [client({ redirectUris: ['http://localhost:3000/cb'] }), client({ redirectUris: ['https://a.example/cb', 'http://127.0.0.1:8080/cb'] })],
    good: [
      client({ redirectUris: ['http://127.0.0.1/cb'], applicationType: 'native' }),
      client({ redirectUris: ['http://localhost:3000/cb'], environment: 'test' }),
    ],
  },
  'client-redirect-to-tunnel': {
    bad: [client({ redirectUris: ['https://abc.ngrok-free.app/cb'] }), client({ redirectUris: ['https://x.trycloudflare.com/cb'] })],
    good: [client({ redirectUris: ['https://abc.ngrok-free.app/cb'], environment: 'test' }), client({ redirectUris: ['https://ngrok.app.example.com/cb'] })],
  },
  'client-scheme-not-owned': {
    bad: [client({ redirectUris: ['myapp://callback'], applicationType: 'native' }), client({ redirectUris: ['notes:/cb'], applicationType: 'native' })],
    good: [sound, client({ redirectUris: ['com.example.notes:/cb'], applicationType: 'native' })],
  },
  'client-many-redirects': {
    bad: [21, 300].map((many) => client({ redirectUris: Array.from({ length: many }, (_, n) => `https://a${n}.example/cb`) })),
    good: [sound, client({ redirectUris: Array.from({ length: 20 }, (_, n) => `https://a${n}.example/cb`) })],
  },
  'client-secret-in-native': {
    bad: ['client_secret_basic', 'client_secret_post'].map((authenticationMethod) => client({ authenticationMethod, applicationType: 'native' })),
    good: [client({ authenticationMethod: 'none', applicationType: 'native' }), client({ authenticationMethod: 'client_secret_basic' })],
  },
  'client-secret-in-body': {
    bad: [client({ authenticationMethod: 'client_secret_post' }), client({ authenticationMethod: 'client_secret_post', environment: 'test' })],
    good: [sound, client({ authenticationMethod: 'client_secret_basic' })],
  },
  'client-public-for-itself': {
    bad: [
      client({ authenticationMethod: 'none', grantTypes: ['client_credentials'] }),
      client({ authenticationMethod: 'none', grantTypes: ['authorization_code', 'client_credentials'] }),
    ],
    good: [client({ grantTypes: ['client_credentials'] }), client({ authenticationMethod: 'none' })],
  },
  'client-may-everything': {
    bad: [client({ scopes: ['*'] }), client({ scopes: ['openid', '*:write'] })],
    good: [sound, client({ scopes: ['notes:*'] })],
  },
  'client-without-pkce': {
    bad: [client({ profile: 'oidc-compat' }), client({ profile: 'oidc-compat', environment: 'test' })],
    good: [sound, client({ profile: 'oauth21', applicationType: 'native' })],
  },
  'client-retry-window-long': {
    bad: [client({ settings: { retryWindowSeconds: 61 } }), client({ settings: { retryWindowSeconds: 3600 } })],
    good: [sound, client({ settings: { retryWindowSeconds: 30 } })],
  },
  'client-keys-over-http': {
    bad: [client({ settings: { jwksUri: 'http://a.example/jwks' } }), client({ settings: { jwksUri: 'http://10.0.0.2/jwks' } })],
    good: [client({ settings: { jwksUri: 'https://a.example/jwks' } }), sound],
  },

  'key-may-everything': { bad: [key({ scopes: ['*'] }), key({ scopes: ['notes:read', '*:*'] })], good: [sound, key({ scopes: ['notes:*'] })] },
  'key-unused': {
    bad: [key({ lastUsedAt: ago(91) }), without('lastUsedAt', { createdAt: ago(200) })],
    good: [sound, without('lastUsedAt'), key({ kind: 'pk', lastUsedAt: ago(300) })],
  },
  'key-old': {
    bad: [key({ createdAt: ago(366) }), key({ createdAt: ago(2000) })],
    good: [key({ createdAt: ago(365) }), key({ createdAt: ago(400), environment: 'test' })],
  },
  'key-without-expiry': {
    bad: [without('expiresAt'), without('expiresAt', { kind: 'sk' })],
    good: [sound, without('expiresAt', { kind: 'pk' }), without('expiresAt', { revokedAt: ago(1) })],
  },
  'key-works-from-anywhere': {
    bad: [key({ kind: 'sk', networks: [] }), key({ kind: 'sk', networks: [], scopes: ['a:b'] })],
    good: [key({ kind: 'sk' }), key({ networks: [] })],
  },
  'publishable-key-may-write': {
    bad: [key({ kind: 'pk', scopes: ['notes:write'] }), key({ kind: 'pk', scopes: ['notes:read', 'users:admin'] })],
    good: [key({ kind: 'pk' }), key({ scopes: ['notes:write'] })],
  },
  'scope-never-used': {
    bad: [
      config({ apis: [{ identifier: 'https://api.example.com', scopes: [{ name: 'notes:read' }, { name: 'notes:purge' }] }] }),
      { ...sound, clients: [], keys: [] },
    ],
    good: [sound, { now: NOW, config: CONFIG }, { ...key({ scopes: ['notes:*'] }), clients: [] }],
  },
  'scope-nobody-declares': {
    bad: [client({ scopes: ['openid', 'notes:wrte'] }), client({ scopes: ['billing:read'] })],
    good: [sound, client({ scopes: ['openid', 'profile', 'notes:*'] })],
  },
  'signing-key-old': {
    bad: [signingKey({ usedFrom: ago(401) }), signingKey({ usedFrom: ago(2000), algorithm: 'RS256' })],
    good: [sound, signingKey({ usedFrom: ago(500), state: 'retired' })],
  },
  'signing-key-weak': {
    bad: [
      signingKey({ publicKey: { kty: 'RSA', e: 'AQAB', n: Buffer.alloc(128, 0xff).toString('base64url') } }),
      signingKey({ publicKey: { kty: 'EC', crv: 'secp256k1' } }),
    ],
    good: [
      sound,
      signingKey({ publicKey: { kty: 'RSA', e: 'AQAB', n: Buffer.alloc(256, 0xff).toString('base64url') } }),
      signingKey({ state: 'revoked', publicKey: { kty: 'EC', crv: 'secp256k1' } }),
    ],
  },
}
