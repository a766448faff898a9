/** Where the pages and what they speak of are, under the issuer. Routes are mounted by this table and pages link by it. */
export const paths = {
  home: '/',
  signIn: '/login',
  signUp: '/signup',
  firstOperator: '/first-operator',
  consent: '/consent',
  signOut: '/logout',
  account: '/account',
  endSession: '/account/sessions/end',
  endOtherSessions: '/account/sessions/end-others',
  applications: '/account/applications',
  applicationLogo: '/applications/:clientId/logo',
  device: '/device',
  deviceAnswer: '/device/allow',
  deviceDone: '/device/done',
  endConsent: '/account/applications/end',
  tokens: '/account/tokens',
  endToken: '/account/tokens/end',
  keys: '/operator/keys',
  revokeKey: '/operator/keys/revoke',
  rootKeys: '/operator/root-keys',
  revokeRootKey: '/operator/root-keys/revoke',
  errors: '/errors',
  advise: '/advise',
  comparison: '/advise/comparison',
  serverMetadata: '/.well-known/oauth-authorization-server',
  openIdMetadata: '/.well-known/openid-configuration',
  jwks: '/jwks',
  openApi: '/openapi.json',
  keyFormats: '/.well-known/latchwork-key-formats',
} as const

/** A path with a query, or without one where every value is absent. */
export function pathWith(path: string, query: Readonly<Record<string, string | undefined>>): string {
  const present = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return present.length === 0 ? path : `${path}?${new URLSearchParams(present)}`
}
