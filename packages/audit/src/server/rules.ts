/** Rules over the metadata of an authorization server. */
import { isPlainHttp, parseUrl } from '../address.ts'
import type { FactRule } from '../rule.ts'
import { faultOfJwk, isPrivate } from '../weak-key.ts'
import { type ServerFacts, textAt, textsAt } from './facts.ts'

const ENDPOINTS = [
  'authorization_endpoint',
  'token_endpoint',
  'userinfo_endpoint',
  'jwks_uri',
  'revocation_endpoint',
  'introspection_endpoint',
  'registration_endpoint',
  'pushed_authorization_request_endpoint',
  'device_authorization_endpoint',
  'end_session_endpoint',
]
/** OpenID Connect Discovery §3: what holds if nothing is said. */
const DEFAULT_GRANTS = ['authorization_code', 'implicit']

const hasPeople = (facts: ServerFacts): boolean => textAt(facts, 'authorization_endpoint') !== undefined
const grants = (facts: ServerFacts): readonly string[] => textsAt(facts, 'grant_types_supported') ?? DEFAULT_GRANTS
const algorithmMembers = ({ metadata }: ServerFacts): readonly string[] =>
  Object.keys(metadata).filter((name) => /_signing_alg(?:orithm)?_values_supported$/.test(name))
const withoutSlash = (text: string): string => text.replace(/\/$/, '')

/** The issuer that a metadata address stands for. */
export function issuerOf(asked: string): string {
  const url = parseUrl(asked)
  if (url === undefined) return asked
  const path = url.pathname.replace(/\/\.well-known\/(?:oauth-authorization-server|openid-configuration)/, '')
  return withoutSlash(`${url.origin}${path}`)
}

export const serverRules: readonly FactRule<ServerFacts>[] = [
  {
    id: 'server/issuer-mismatch',
    what: 'The metadata names another issuer than the one that was asked',
    why: 'A client that believes it can be led to give the codes and secrets of one server to another (mix-up).',
    source: 'RFC 8414 §3.3; OpenID Connect Discovery §4.3',
    risk: 'high',
    mend: 'Publish the issuer exactly as clients know it.',
    check: (facts) => withoutSlash(textAt(facts, 'issuer') ?? '') !== issuerOf(facts.asked) && { at: 'issuer', saw: textAt(facts, 'issuer') ?? 'absent' },
  },
  {
    id: 'server/issuer-not-https',
    what: 'The issuer is no https address without query and fragment',
    why: 'What names the server must not be open to change on its way.',
    source: 'RFC 8414 §2',
    risk: 'high',
    mend: 'Use an https address without query and fragment.',
    check: (facts) => {
      const text = textAt(facts, 'issuer') ?? ''
      const url = parseUrl(text)
      return (url === undefined || isPlainHttp(text) || url.search !== '' || url.hash !== '') && { at: 'issuer', saw: text }
    },
  },
  {
    id: 'server/endpoint-not-https',
    what: 'An endpoint is plain http',
    why: 'Codes, secrets and tokens can be read and changed on their way.',
    source: 'RFC 9700 §2.6; RFC 6749 §3.1',
    risk: 'high',
    mend: 'Serve it over https alone.',
    check: (facts) => ENDPOINTS.filter((name) => isPlainHttp(textAt(facts, name) ?? '')).map((at) => ({ at, saw: textAt(facts, at) ?? '' })),
  },
  {
    id: 'server/implicit-advertised',
    what: 'The implicit flow is offered',
    why: 'Access tokens come in addresses: they leak by history, logs and referrers, and can be injected.',
    source: 'RFC 9700 §2.1.2',
    risk: 'medium',
    mend: 'Offer response_type=code alone.',
    check: (facts) =>
      (textsAt(facts, 'response_types_supported') ?? [])
        .filter((type) => type.split(' ').includes('token'))
        .map((saw) => ({ at: 'response_types_supported', saw })),
  },
  {
    id: 'server/password-grant-advertised',
    what: 'The password grant is offered',
    why: 'Applications are asked to handle people’s passwords, and second factors are shut out.',
    source: 'RFC 9700 §2.4',
    risk: 'high',
    mend: 'Take the grant type password away.',
    check: (facts) => grants(facts).includes('password') && { at: 'grant_types_supported', saw: 'password' },
  },
  {
    id: 'server/pkce-not-advertised',
    what: 'Nothing says that PKCE is supported',
    why: 'Clients cannot protect a code that is stolen or injected, and cannot tell whether they do.',
    source: 'RFC 9700 §2.1.1; RFC 8414 §2',
    risk: 'high',
    mend: 'Support S256, and say so in code_challenge_methods_supported.',
    check: (facts) =>
      hasPeople(facts) && !(textsAt(facts, 'code_challenge_methods_supported') ?? []).includes('S256') && { at: 'code_challenge_methods_supported' },
  },
  {
    id: 'server/pkce-plain',
    what: 'PKCE is offered with plain',
    why: 'Whoever sees the request has the verifier.',
    source: 'RFC 9700 §2.1.1; RFC 7636 §7.2',
    risk: 'medium',
    mend: 'Offer S256 alone.',
    check: (facts) => (textsAt(facts, 'code_challenge_methods_supported') ?? []).includes('plain') && { at: 'code_challenge_methods_supported', saw: 'plain' },
  },
  {
    id: 'server/issuer-not-in-answer',
    what: 'Answers do not say which server they come from',
    why: 'A client of several servers can be made to send the code of one to another (mix-up).',
    source: 'RFC 9207 §2.4; RFC 9700 §4.4.2',
    risk: 'low',
    mend: 'Add iss to authorization answers, and say authorization_response_iss_parameter_supported.',
    check: (facts) =>
      hasPeople(facts) && facts.metadata['authorization_response_iss_parameter_supported'] !== true && { at: 'authorization_response_iss_parameter_supported' },
  },
  {
    id: 'server/no-revocation',
    what: 'Tokens cannot be revoked by clients',
    why: 'What a person signs out of, or a client notices as stolen, stays good.',
    source: 'RFC 7009; RFC 9700 §4.14.2',
    risk: 'medium',
    mend: 'Offer a revocation_endpoint.',
    check: (facts) => textAt(facts, 'revocation_endpoint') === undefined && { at: 'revocation_endpoint' },
  },
  {
    id: 'server/algorithm-none',
    what: 'Signatures with the algorithm none are accepted or made',
    why: 'What has no signature can be written by anybody.',
    source: 'RFC 8725 §3.2; OpenID Connect Discovery §3',
    risk: 'high',
    mend: 'Take none out of every list of algorithms.',
    check: (facts) =>
      algorithmMembers(facts)
        .filter((name) => textsAt(facts, name)?.includes('none'))
        .map((at) => ({ at, saw: 'none' })),
  },
  {
    id: 'server/id-tokens-symmetric',
    what: 'ID tokens are signed with client secrets alone',
    why: 'Whoever may verify may forge, and a short secret can be guessed from one token.',
    source: 'RFC 8725 §3.5; OpenID Connect Core §10.1',
    risk: 'medium',
    mend: 'Sign with ES256, EdDSA or RS256.',
    check: (facts) => {
      const names = textsAt(facts, 'id_token_signing_alg_values_supported') ?? []
      return names.length > 0 && names.every((name) => /^(?:HS\d+|none)$/.test(name)) && { at: 'id_token_signing_alg_values_supported', saw: names.join(' ') }
    },
  },
  {
    id: 'server/no-keys',
    what: 'The server publishes no key set',
    why: 'Signatures cannot be checked, or are checked with keys copied by hand that never change.',
    source: 'RFC 8414 §2; OpenID Connect Discovery §3',
    risk: 'medium',
    mend: 'Publish the public keys at jwks_uri.',
    check: (facts) => {
      const signs = textsAt(facts, 'id_token_signing_alg_values_supported') !== undefined
      return (
        signs &&
        (textAt(facts, 'jwks_uri') === undefined || facts.keys?.length === 0) && { at: 'jwks_uri', saw: facts.keys === undefined ? 'absent' : 'no keys' }
      )
    },
  },
  {
    id: 'server/key-weak',
    what: 'A published key is weak',
    why: 'Whoever works it out signs tokens for anybody.',
    source: 'RFC 8725 §3.5; RFC 7518 §3.3',
    risk: 'high',
    mend: 'Change it for RSA of 2048 bits at least, P-256 or Ed25519.',
    check: ({ keys = [] }) =>
      keys.flatMap((key) => {
        const saw = faultOfJwk(key)
        return saw === undefined ? [] : [{ at: `key ${nameOf(key)}`, saw }]
      }),
  },
  {
    id: 'server/key-private',
    what: 'A private or symmetric key is published',
    why: 'Anybody can sign as this server.',
    source: 'RFC 7517 §9.2',
    risk: 'high',
    mend: 'Take it out, change it at once, and treat every token it signed as forged.',
    check: ({ keys = [] }) => keys.filter(isPrivate).map((key) => ({ at: `key ${nameOf(key)}`, saw: String(key['kty']) })),
  },
  {
    id: 'server/key-without-name',
    what: 'One of several published keys has no kid',
    why: 'Verifiers must try one after the other, and a rotation breaks those that do not.',
    source: 'OpenID Connect Core §10.1; RFC 7517 §4.5',
    risk: 'low',
    mend: 'Give each key a kid of its own.',
    check: ({ keys = [] }) => {
      const nameless = keys.filter(({ kid }) => typeof kid !== 'string').length
      return keys.length > 1 && nameless > 0 && { at: 'jwks_uri', saw: `${nameless} of ${keys.length} keys` }
    },
  },
  {
    id: 'server/key-names-doubled',
    what: 'Two published keys have the same kid',
    why: 'A verifier takes the wrong one, and refuses good tokens.',
    source: 'RFC 7517 §4.5',
    risk: 'low',
    mend: 'Give each key a kid of its own, such as its thumbprint (RFC 7638).',
    check: ({ keys = [] }) => {
      const names = keys.map(({ kid, kty }) => `${String(kid)} ${String(kty)}`).filter((name) => !name.startsWith('undefined'))
      const doubled = names.find((name, index) => names.indexOf(name) !== index)
      return doubled !== undefined && { at: 'jwks_uri', saw: doubled.slice(0, 60) }
    },
  },
  {
    id: 'server/secrets-only',
    what: 'Clients can prove themselves by shared secrets alone',
    why: 'A secret is known to both sides, travels with each request, and is good for its finder.',
    source: 'RFC 9700 §2.5',
    risk: 'low',
    mend: 'Offer private_key_jwt or tls_client_auth as well.',
    check: (facts) => {
      const methods = textsAt(facts, 'token_endpoint_auth_methods_supported') ?? ['client_secret_basic']
      return (
        !methods.some((method) => /^(?:private_key_jwt|.*tls_client_auth|attest_jwt_client_auth)$/.test(method)) && {
          at: 'token_endpoint_auth_methods_supported',
          saw: methods.join(' '),
        }
      )
    },
  },
  {
    id: 'server/bearer-only',
    what: 'Tokens cannot be bound to their sender',
    why: 'Whoever copies a token can use it.',
    source: 'RFC 9700 §2.2.1',
    risk: 'low',
    mend: 'Offer DPoP (RFC 9449) or certificate-bound tokens (RFC 8705).',
    check: (facts) =>
      textsAt(facts, 'dpop_signing_alg_values_supported') === undefined &&
      facts.metadata['tls_client_certificate_bound_access_tokens'] !== true && { at: 'dpop_signing_alg_values_supported' },
  },
  {
    id: 'server/request-uri-unregistered',
    what: 'Request objects are fetched from addresses that nobody registered',
    why: 'Anybody can make the server call whatever it can reach.',
    source: 'OpenID Connect Core §6.2; RFC 9101 §10.4.1',
    risk: 'medium',
    mend: 'Set require_request_uri_registration, or use PAR (RFC 9126) instead.',
    check: (facts) => {
      const { request_uri_parameter_supported: supported, require_request_uri_registration: required } = facts.metadata as Record<string, unknown>
      return supported === true && required !== true && { at: 'require_request_uri_registration' }
    },
  },
  {
    id: 'server/no-pushed-requests',
    what: 'Authorization requests cannot be pushed',
    why: 'They travel through the browser, where they can be read and changed.',
    source: 'RFC 9126 §1; RFC 9700 §4.1',
    risk: 'low',
    mend: 'Offer a pushed_authorization_request_endpoint.',
    check: (facts) =>
      hasPeople(facts) && textAt(facts, 'pushed_authorization_request_endpoint') === undefined && { at: 'pushed_authorization_request_endpoint' },
  },
  {
    id: 'server/introspection-open',
    what: 'Anybody may ask what a token is good for',
    why: 'Tokens can be guessed at and looked through without a trace to whom.',
    source: 'RFC 7662 §2.1, §4',
    risk: 'medium',
    mend: 'Ask callers of the introspection endpoint to prove themselves.',
    check: (facts) =>
      (textsAt(facts, 'introspection_endpoint_auth_methods_supported') ?? []).includes('none') && {
        at: 'introspection_endpoint_auth_methods_supported',
        saw: 'none',
      },
  },
  {
    id: 'server/keys-elsewhere',
    what: 'The key set is kept at another site than the issuer',
    why: 'Whoever controls that site can sign as this server.',
    source: 'RFC 8414 §6.2',
    risk: 'low',
    mend: 'Serve jwks_uri from the site of the issuer.',
    check: (facts) => {
      const [issuer, keys] = [parseUrl(textAt(facts, 'issuer') ?? ''), parseUrl(textAt(facts, 'jwks_uri') ?? '')]
      return issuer !== undefined && keys !== undefined && siteOf(issuer) !== siteOf(keys) && { at: 'jwks_uri', saw: keys.origin }
    },
  },
]

/** The last two labels: good enough to tell one owner from another where nothing depends on it. */
const siteOf = (url: URL): string => url.hostname.split('.').slice(-2).join('.')

const nameOf = (key: Readonly<Record<string, unknown>>): string => String(key['kid'] ?? key['kty'] ?? '?').slice(0, 60)
