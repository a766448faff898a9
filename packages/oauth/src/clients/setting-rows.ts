/**
 * What a client may set beyond what every client has: one row each, with its shape, its name on the wire of dynamic registration, and its rule (OpenID Connect Registration
 * §2, RFC 7591 §2, RFC 8705 §2.1.2, the logout specifications). Configuration, management API and registration are all checked and written by this table.
 */
import { faultOfKeySet } from '../jose/key-set.ts'
import type { Client, ClientSettings } from '../store.ts'
import { assertionAlgorithms } from './profiles.ts'
import { faultOfRedirectUri } from './redirect-uri.ts'

export type SettingShape =
  | { readonly kind: 'text'; readonly maxLength: number }
  | { readonly kind: 'texts'; readonly maxItems: number; readonly maxLength: number }
  | { readonly kind: 'flag' }
  | { readonly kind: 'seconds'; readonly max: number }
  | { readonly kind: 'word'; readonly words: readonly string[] }
  | { readonly kind: 'keys' }
  | { readonly kind: 'encryption' }
  | { readonly kind: 'certificate' }

/** What a rule may look at besides the value. */
export type Candidate = Pick<Client, 'applicationType' | 'redirectUris' | 'grantTypes'>

export interface SettingRow {
  /** Its name in RFC 7591; absent where only an operator sets it. Shapes of several members have several, in the order of the shape's own. */
  readonly wire?: readonly string[]
  readonly shape: SettingShape
  /** Set by an operator alone: neither a client for itself nor a developer may. */
  readonly isPrivileged?: true
  readonly fault?: (value: never, candidate: Candidate) => string | undefined
  /** One sentence: what it sets. */
  readonly help: string
}

export const signingAlgorithms = ['RS256', 'PS256', 'ES256', 'Ed25519'] as const
/** No RSA1_5, whose padding tells too much; no shared secrets, because none is kept in clear. */
export const keyManagementAlgorithms = ['RSA-OAEP-256', 'RSA-OAEP', 'ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A256KW'] as const
export const contentEncryptionAlgorithms = ['A128CBC-HS256', 'A256CBC-HS512', 'A128GCM', 'A256GCM'] as const
export const certificateNames = ['subject_dn', 'san_dns', 'san_uri', 'san_ip', 'san_email'] as const

const uri: SettingShape = { kind: 'text', maxLength: 2000 }
const flag: SettingShape = { kind: 'flag' }
const signing: SettingShape = { kind: 'word', words: signingAlgorithms }
const encryption: SettingShape = { kind: 'encryption' }
const encrypted = (name: string) => [`${name}_encrypted_response_alg`, `${name}_encrypted_response_enc`] as const

const webPage = (text: string) => faultOfAddress(text, ['https:', 'http:'])
const https = (text: string) => faultOfAddress(text, ['https:'])

export const settingRows: { readonly [K in keyof ClientSettings]-?: SettingRow } = {
  logoUri: { wire: ['logo_uri'], shape: uri, fault: webPage, help: 'The logo that people see, once you vouch for the application: PNG, JPEG, WebP or GIF.' },
  policyUri: { wire: ['policy_uri'], shape: uri, fault: webPage, help: 'Where people read what becomes of their data.' },
  termsUri: { wire: ['tos_uri'], shape: uri, fault: webPage, help: 'Where people read the terms of service.' },
  contacts: {
    wire: ['contacts'],
    shape: { kind: 'texts', maxItems: 10, maxLength: 254 },
    help: 'How those responsible for the client are reached, usually e-mail addresses.',
  },
  softwareId: { wire: ['software_id'], shape: { kind: 'text', maxLength: 200 }, help: 'What the software is called by its makers, the same for every copy.' },
  softwareVersion: { wire: ['software_version'], shape: { kind: 'text', maxLength: 200 }, help: 'The version of the software.' },
  isAssured: { shape: flag, isPrivileged: true, help: 'You know who is behind the application; else people are warned and asked each time.' },
  isDynamic: { shape: flag, isPrivileged: true, help: 'The application registered itself.' },
  mostScopes: {
    shape: { kind: 'texts', maxItems: 64, maxLength: 128 },
    isPrivileged: true,
    help: 'The most scopes a client takes by itself, where it registered itself or is a developer’s; what an operator sets its scopes to, unless said.',
  },
  softwareStatement: {
    shape: { kind: 'text', maxLength: 16_384 },
    isPrivileged: true,
    fault: (text: string) => (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(text) ? undefined : 'is no signed JWT'),
    help: 'The software statement a client registered with: what it says overrules the client at each change.',
  },
  jwks: { wire: ['jwks'], shape: { kind: 'keys' }, fault: faultOfKeySet, help: 'The public keys of the client, by value; not together with jwksUri.' },
  jwksUri: { wire: ['jwks_uri'], shape: uri, fault: https, help: 'Where the public keys of the client are.' },
  tokenEndpointAuthSigningAlg: {
    wire: ['token_endpoint_auth_signing_alg'],
    shape: { kind: 'word', words: assertionAlgorithms },
    help: 'The one algorithm of the client’s assertions; any of those offered unless said.',
  },
  tlsClientAuth: {
    wire: certificateNames.map((name) => `tls_client_auth_${name}`),
    shape: { kind: 'certificate' },
    help: 'The one name in the client’s certificate that is the client (RFC 8705 §2.1.2).',
  },
  subjectType: {
    wire: ['subject_type'],
    shape: { kind: 'word', words: ['public', 'pairwise'] },
    help: 'Whether the client knows people by a name of its own.',
  },
  sectorIdentifierUri: { wire: ['sector_identifier_uri'], shape: uri, fault: https, help: 'Where the redirect URIs are listed that share pairwise subjects.' },
  idTokenSigningAlg: { wire: ['id_token_signed_response_alg'], shape: signing, help: 'How ID tokens are signed; RS256 unless said. none is refused.' },
  idTokenEncryption: { wire: encrypted('id_token'), shape: encryption, help: 'How ID tokens are encrypted; not at all unless said.' },
  idTokenScopeClaims: {
    shape: flag,
    help: 'ID tokens tell the claims of profile, email, address and phone too, for libraries that read them there; UserInfo alone unless said.',
  },
  userInfoSigningAlg: { wire: ['userinfo_signed_response_alg'], shape: signing, help: 'How UserInfo is signed; plain JSON unless said.' },
  userInfoEncryption: { wire: encrypted('userinfo'), shape: encryption, help: 'How UserInfo is encrypted; not at all unless said.' },
  introspectionSigningAlg: {
    wire: ['introspection_signed_response_alg'],
    shape: signing,
    help: 'How introspection is signed (RFC 9701); plain JSON unless said.',
  },
  introspectionEncryption: { wire: encrypted('introspection'), shape: encryption, help: 'How introspection is encrypted; not at all unless said.' },
  defaultMaxAgeSeconds: {
    wire: ['default_max_age'],
    shape: { kind: 'seconds', max: 999_999_999 },
    help: 'How old a sign-in may be where a request does not say; without bound unless said.',
  },
  requireAuthTime: { wire: ['require_auth_time'], shape: flag, help: 'ID tokens must say when the person signed in.' },
  defaultAcrValues: {
    wire: ['default_acr_values'],
    shape: { kind: 'texts', maxItems: 10, maxLength: 200 },
    help: 'How people should prove themselves where a request does not say.',
  },
  requireState: { shape: flag, help: 'Authorization requests without state are refused.' },
  initiateLoginUri: { wire: ['initiate_login_uri'], shape: uri, fault: https, help: 'Where a sign-in at the client can be begun from elsewhere (https).' },
  postLogoutRedirectUris: {
    wire: ['post_logout_redirect_uris'],
    shape: { kind: 'texts', maxItems: 50, maxLength: 2000 },
    fault: (uris: readonly string[], { applicationType }) => firstOf(uris, (text) => faultOfRedirectUri(text, applicationType)),
    help: 'Where people may be sent after a sign-out that the client began.',
  },
  backchannelLogoutUri: { wire: ['backchannel_logout_uri'], shape: uri, fault: faultOfLogoutUri, help: 'Where logout tokens are sent.' },
  backchannelLogoutSessionRequired: { wire: ['backchannel_logout_session_required'], shape: flag, help: 'Logout tokens must name the session.' },
  frontchannelLogoutUri: {
    wire: ['frontchannel_logout_uri'],
    shape: uri,
    // OpenID Connect Front-Channel Logout §2: domain, port and scheme are those of a redirect URI.
    fault: (text: string, { redirectUris }) =>
      faultOfLogoutUri(text) ??
      (redirectUris.some((registered) => originOf(registered) === originOf(text)) ? undefined : 'must have scheme, host and port of one of the redirect URIs'),
    help: 'What is loaded in the browser when the person signs out.',
  },
  frontchannelLogoutSessionRequired: {
    wire: ['frontchannel_logout_session_required'],
    shape: flag,
    help: 'The address that is loaded must name issuer and session.',
  },
  retryWindowSeconds: {
    shape: { kind: 'seconds', max: 600 },
    isPrivileged: true,
    help: 'How long the predecessor of a refresh token gets the same successor again, while that one is unused; 0 unless said.',
  },
}

export const settingNames = Object.keys(settingRows) as readonly (keyof ClientSettings)[]

function faultOfAddress(text: string, schemes: readonly string[]): string | undefined {
  if (!/^[\x21-\x7e]+$/.test(text) || !URL.canParse(text)) return 'is not an absolute address'
  const url = new URL(text)
  if (!schemes.includes(url.protocol)) return `is not ${schemes.map((scheme) => scheme.slice(0, -1)).join(' or ')}`
  if (url.username !== '' || url.password !== '') return 'holds a user name or password'
  return text.includes('#') ? 'has a fragment' : undefined
}

/** https, or http on this machine; absolute, without fragment (Back-Channel Logout §2.2). */
function faultOfLogoutUri(text: string): string | undefined {
  const isLocal = URL.canParse(text) && ['localhost', '127.0.0.1', '[::1]'].includes(new URL(text).hostname)
  return faultOfAddress(text, isLocal ? ['https:', 'http:'] : ['https:'])
}

function originOf(text: string): string | undefined {
  return URL.canParse(text) ? `${new URL(text).protocol}//${new URL(text).host}` : undefined
}

function firstOf(texts: readonly string[], faultOf: (text: string) => string | undefined): string | undefined {
  for (const text of texts) {
    const fault = faultOf(text)
    if (fault !== undefined) return `${JSON.stringify(text.slice(0, 200))}: ${fault}`
  }
  return undefined
}
