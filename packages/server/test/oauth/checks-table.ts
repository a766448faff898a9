/**
 * What each endpoint of OAuth checks, and how it answers who fails: one row a check, one cell an endpoint. `checks.test.ts` makes the request of every cell; the page
 * docs/reference/oauth-checks.md is made from this table.
 */

export const endpoints = {
  authorize: '`/authorize`',
  code: '`/token`, code',
  refresh: '`/token`, refresh',
  client: '`/token`, client credentials',
  introspect: '`/introspect`',
  revoke: '`/revoke`',
  userinfo: '`/userinfo`',
} as const
export type Endpoint = keyof typeof endpoints

/** How an endpoint says no: an OAuth error; `page`: shown to the person and sent nowhere; `inactive`, `nothing`: the answers that tell no more. */
export type Outcome = string

export interface Check {
  readonly check: string
  readonly law: string
  readonly cells: Readonly<Partial<Record<Endpoint, Outcome>>>
}

export const checks = {
  once: {
    check: 'A parameter is sent at most once',
    law: 'RFC 6749 §3.1',
    cells: {
      authorize: 'invalid_request',
      code: 'invalid_request',
      refresh: 'invalid_request',
      client: 'invalid_request',
      introspect: 'invalid_request',
      revoke: 'invalid_request',
      userinfo: 'invalid_request',
    },
  },
  form: {
    check: 'The body is a form',
    law: 'RFC 6749 §3.2',
    cells: { code: 'invalid_request', refresh: 'invalid_request', client: 'invalid_request', introspect: 'invalid_request', revoke: 'invalid_request' },
  },
  clientKnown: {
    check: 'The client is known and not disabled',
    law: 'RFC 6749 §4.1.2.1, §5.2',
    cells: {
      authorize: 'page',
      code: 'invalid_client',
      refresh: 'invalid_client',
      client: 'invalid_client',
      introspect: 'invalid_client',
      revoke: 'invalid_client',
    },
  },
  clientProven: {
    check: 'The client proves itself by its registered method; a secret by either of its two ways',
    law: 'RFC 6749 §2.3',
    cells: { code: 'invalid_client', refresh: 'invalid_client', client: 'invalid_client', introspect: 'invalid_client', revoke: 'invalid_client' },
  },
  grantAllowed: {
    check: 'The client is registered for the grant',
    law: 'RFC 6749 §5.2',
    cells: { authorize: 'unauthorized_client', code: 'unauthorized_client', refresh: 'unauthorized_client', client: 'unauthorized_client' },
  },
  redirectUri: {
    check: 'The redirect URI is registered; sent again with the code, as it must be without PKCE, it is the same, character for character',
    law: 'RFC 6749 §4.1.3, OAuth 2.1 §10.2, RFC 9700 §4.1.3',
    cells: { authorize: 'page', code: 'invalid_grant' },
  },
  requestObject: { check: 'No request object', law: 'OpenID Connect Core §6.1', cells: { authorize: 'request_not_supported' } },
  requestUri: { check: 'No request URI', law: 'OpenID Connect Core §6.2', cells: { authorize: 'request_uri_not_supported' } },
  registration: { check: 'No registration within a request', law: 'OpenID Connect Core §3.1.2.6', cells: { authorize: 'registration_not_supported' } },
  responseType: { check: '`response_type` is `code`', law: 'RFC 6749 §4.1.1', cells: { authorize: 'unsupported_response_type' } },
  responseMode: { check: '`response_mode` is `query` or `form_post`', law: 'OAuth 2.0 Multiple Response Types §2.1', cells: { authorize: 'invalid_request' } },
  pkce: {
    check: 'PKCE with S256, and the verifier of the challenge',
    law: 'RFC 7636 §4.3, §4.6',
    cells: { authorize: 'invalid_request', code: 'invalid_grant' },
  },
  scope: {
    check: 'The scope is one the client, the API and the grant have',
    law: 'RFC 6749 §3.3, §6',
    cells: { authorize: 'invalid_scope', refresh: 'invalid_scope', client: 'invalid_scope', userinfo: 'insufficient_scope' },
  },
  resource: {
    check: 'The resource is an API that the client and the grant have',
    law: 'RFC 8707 §2',
    cells: { authorize: 'invalid_target', code: 'invalid_target', refresh: 'invalid_target', client: 'invalid_target', userinfo: 'invalid_token' },
  },
  prompt: { check: '`prompt` is known, and `none` stands alone', law: 'OpenID Connect Core §3.1.2.1', cells: { authorize: 'invalid_request' } },
  claims: { check: '`claims` is what it must be', law: 'OpenID Connect Core §5.5', cells: { authorize: 'invalid_request' } },
  hint: { check: '`id_token_hint` is an ID token of ours for this client', law: 'OpenID Connect Core §3.1.2.1', cells: { authorize: 'invalid_request' } },
  signedIn: { check: 'Somebody is signed in, where nobody may be asked', law: 'OpenID Connect Core §3.1.2.6', cells: { authorize: 'login_required' } },
  rightPerson: { check: 'It is the person the request names', law: 'OpenID Connect Core §3.1.2.1', cells: { authorize: 'login_required' } },
  acr: { check: 'An essential `acr` can be reached', law: 'OpenID Connect Core §5.5.1.1', cells: { authorize: 'unmet_authentication_requirements' } },
  consent: {
    check: 'The person has allowed all of it, where nobody may be asked',
    law: 'OpenID Connect Core §3.1.2.6',
    cells: { authorize: 'consent_required' },
  },
  form_of_token: {
    check: 'The token has its form and checksum, or its signature',
    law: 'RFC 6750 §3.1, RFC 8725 §3.1',
    cells: { code: 'invalid_grant', refresh: 'invalid_grant', introspect: 'inactive', revoke: 'nothing', userinfo: 'invalid_token' },
  },
  ofKind: {
    check: 'It is a token for this place, and not another of ours',
    law: 'RFC 7009 §2.2.1, RFC 8725 §3.11',
    cells: { code: 'invalid_grant', refresh: 'invalid_grant', introspect: 'inactive', revoke: 'unsupported_token_type', userinfo: 'invalid_token' },
  },
  ownToken: {
    check: 'It was issued to the client that presents it',
    law: 'RFC 6749 §4.1.3, §6, RFC 7009 §2.1, RFC 7662 §2.2',
    cells: { code: 'invalid_grant', refresh: 'invalid_grant', introspect: 'inactive', revoke: 'nothing' },
  },
  inTime: {
    check: 'It has not expired',
    law: 'RFC 6749 §4.1.2, §5.1',
    cells: { code: 'invalid_grant', refresh: 'invalid_grant', introspect: 'inactive', revoke: 'nothing', userinfo: 'invalid_token' },
  },
  alive: {
    check: 'Grant, consent, session, person and client are alive',
    law: 'RFC 7009 §2.1',
    cells: { code: 'invalid_grant', refresh: 'invalid_grant', introspect: 'inactive', userinfo: 'invalid_token' },
  },
  singleUse: {
    check: 'It was not used before; if it was, its grant ends',
    law: 'RFC 6749 §4.1.2, RFC 9700 §4.14.2',
    cells: { code: 'invalid_grant', refresh: 'invalid_grant' },
  },
  notInQuery: { check: 'No credential in the address', law: 'RFC 9700 §4.3.2', cells: { userinfo: 'invalid_request' } },
  oneBearer: { check: 'One credential and no second', law: 'RFC 6750 §2', cells: { code: 'invalid_client', userinfo: 'invalid_request' } },
} as const satisfies Readonly<Record<string, Check>>

export type CheckName = keyof typeof checks

const spoken: Readonly<Record<string, string>> = { page: 'a page, sent nowhere', inactive: '`active: false`', nothing: '200, nothing done' }

export function checksPage(): string {
  const names = Object.keys(endpoints) as Endpoint[]
  const rows = Object.values(checks).map(({ check, law, cells }: Check) => {
    const told = names.map((name) => (cells[name] === undefined ? '' : (spoken[cells[name]] ?? `\`${cells[name]}\``)))
    return `| ${[`${check} (${law})`, ...told].join(' | ')} |`
  })
  return `# What the OAuth endpoints check

<!-- Made from packages/server/test/oauth/checks-table.ts by \`npm run docs\`; a test makes the request of every cell. -->

Rows in the order of the checks; a cell says how the endpoint answers who fails. Empty: the check is not for that endpoint. Errors of \`/authorize\` go to the client, with \`state\` and
\`iss\`, once client and redirect URI are known good; until then the person sees a page. Every refusal changes nothing, save where it says that a grant ends.

| check | ${names.map((name) => endpoints[name]).join(' | ')} |
| --- | ${names.map(() => '---').join(' | ')} |
${rows.join('\n')}
`
}
