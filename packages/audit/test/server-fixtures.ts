/** For each rule over the metadata of a server: what it must find, and what it must leave. */
import type { Jwk, ServerFacts } from '@latchwork/audit'
import type { Cases } from './installation-fixtures.ts'

const KEY: Jwk = { kty: 'EC', crv: 'P-256', kid: 'k1', x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU', y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0' }
const rsa = (bits: number, e = 'AQAB'): Jwk => ({ kty: 'RSA', kid: 'r1', e, n: Buffer.alloc(bits / 8, 0xff).toString('base64url') })

const METADATA = {
  issuer: 'https://login.example.com',
  authorization_endpoint: 'https://login.example.com/authorize',
  token_endpoint: 'https://login.example.com/token',
  revocation_endpoint: 'https://login.example.com/revoke',
  pushed_authorization_request_endpoint: 'https://login.example.com/par',
  jwks_uri: 'https://login.example.com/jwks',
  response_types_supported: ['code'],
  grant_types_supported: ['authorization_code', 'refresh_token'],
  code_challenge_methods_supported: ['S256'],
  authorization_response_iss_parameter_supported: true,
  id_token_signing_alg_values_supported: ['RS256', 'ES256'],
  token_endpoint_auth_methods_supported: ['private_key_jwt', 'client_secret_basic'],
  dpop_signing_alg_values_supported: ['ES256'],
}

export const sound: ServerFacts = {
  asked: 'https://login.example.com',
  found: 'https://login.example.com/.well-known/oauth-authorization-server',
  metadata: METADATA,
  keys: [KEY],
}

/** `undefined` takes a member away. */
const metadata = (patch: Readonly<Record<string, unknown>>): ServerFacts => ({
  ...sound,
  metadata: Object.fromEntries(Object.entries({ ...METADATA, ...patch }).filter(([, value]) => value !== undefined)),
})
const keys = (...list: readonly Jwk[]): ServerFacts => ({ ...sound, keys: list })

export const serverCases: Readonly<Record<string, Cases<ServerFacts>>> = {
  'issuer-mismatch': {
    bad: [metadata({ issuer: 'https://evil.example' }), { ...sound, asked: 'https://login.example.com/tenant' }],
    good: [sound, { ...sound, asked: 'https://login.example.com/.well-known/openid-configuration' }],
  },
  'issuer-not-https': {
    bad: [metadata({ issuer: 'http://login.example.com' }), metadata({ issuer: 'https://login.example.com?tenant=1' })],
    good: [sound, metadata({ issuer: 'http://localhost:8420' })],
  },
  'endpoint-not-https': {
    bad: [metadata({ token_endpoint: 'http://login.example.com/token' }), metadata({ jwks_uri: 'http://keys.example.com' })],
    good: [sound, metadata({ token_endpoint: 'http://127.0.0.1:8420/token' })],
  },
  'implicit-advertised': {
    bad: [metadata({ response_types_supported: ['code', 'token'] }), metadata({ response_types_supported: ['id_token token'] })],
    good: [sound, metadata({ response_types_supported: ['code', 'id_token', 'code id_token'] })],
  },
  'password-grant-advertised': {
    bad: [metadata({ grant_types_supported: ['password'] }), metadata({ grant_types_supported: ['authorization_code', 'password'] })],
    good: [sound, metadata({ grant_types_supported: undefined })],
  },
  'pkce-not-advertised': {
    bad: [metadata({ code_challenge_methods_supported: undefined }), metadata({ code_challenge_methods_supported: ['plain'] })],
    good: [sound, metadata({ code_challenge_methods_supported: undefined, authorization_endpoint: undefined })],
  },
  'pkce-plain': {
    bad: [metadata({ code_challenge_methods_supported: ['plain', 'S256'] }), metadata({ code_challenge_methods_supported: ['plain'] })],
    good: [sound, metadata({ code_challenge_methods_supported: undefined })],
  },
  'issuer-not-in-answer': {
    bad: [metadata({ authorization_response_iss_parameter_supported: undefined }), metadata({ authorization_response_iss_parameter_supported: false })],
    good: [sound, metadata({ authorization_response_iss_parameter_supported: undefined, authorization_endpoint: undefined })],
  },
  'no-revocation': {
    bad: [metadata({ revocation_endpoint: undefined }), metadata({ revocation_endpoint: 7 })],
    good: [sound, metadata({ introspection_endpoint: undefined })],
  },
  'algorithm-none': {
    bad: [metadata({ id_token_signing_alg_values_supported: ['none', 'RS256'] }), metadata({ request_object_signing_alg_values_supported: ['none'] })],
    good: [sound, metadata({ token_endpoint_auth_methods_supported: ['none'] })],
  },
  'id-tokens-symmetric': {
    bad: [metadata({ id_token_signing_alg_values_supported: ['HS256'] }), metadata({ id_token_signing_alg_values_supported: ['HS256', 'HS512', 'none'] })],
    good: [sound, metadata({ id_token_signing_alg_values_supported: ['HS256', 'RS256'] })],
  },
  'no-keys': {
    bad: [metadata({ jwks_uri: undefined }), keys()],
    good: [sound, metadata({ jwks_uri: undefined, id_token_signing_alg_values_supported: undefined })],
  },
  'key-weak': { bad: [keys(rsa(1024)), keys(KEY, rsa(2048, 'AQ'))], good: [sound, keys(rsa(2048), rsa(4096))] },
  'key-private': { bad: [keys({ ...KEY, d: 'x' }), keys({ kty: 'oct', k: 'c2VjcmV0' })], good: [sound, keys(rsa(2048))] },
  'key-without-name': {
    bad: [keys(KEY, { ...KEY, kid: undefined }), keys({ kty: 'EC', crv: 'P-256' }, { kty: 'EC', crv: 'P-256' })],
    good: [sound, keys({ kty: 'EC', crv: 'P-256' })],
  },
  'key-names-doubled': { bad: [keys(KEY, KEY), keys(rsa(2048), KEY, rsa(4096))], good: [keys(KEY, rsa(2048)), keys(KEY, { ...rsa(2048), kid: 'k1' })] },
  'secrets-only': {
    bad: [metadata({ token_endpoint_auth_methods_supported: undefined }), metadata({ token_endpoint_auth_methods_supported: ['client_secret_post', 'none'] })],
    good: [sound, metadata({ token_endpoint_auth_methods_supported: ['self_signed_tls_client_auth'] })],
  },
  'bearer-only': {
    bad: [
      metadata({ dpop_signing_alg_values_supported: undefined }),
      metadata({ dpop_signing_alg_values_supported: undefined, tls_client_certificate_bound_access_tokens: false }),
    ],
    good: [sound, metadata({ dpop_signing_alg_values_supported: undefined, tls_client_certificate_bound_access_tokens: true })],
  },
  'request-uri-unregistered': {
    bad: [metadata({ request_uri_parameter_supported: true }), metadata({ request_uri_parameter_supported: true, require_request_uri_registration: false })],
    good: [sound, metadata({ request_uri_parameter_supported: true, require_request_uri_registration: true })],
  },
  'no-pushed-requests': {
    bad: [metadata({ pushed_authorization_request_endpoint: undefined }), metadata({ pushed_authorization_request_endpoint: null })],
    good: [sound, metadata({ pushed_authorization_request_endpoint: undefined, authorization_endpoint: undefined })],
  },
  'introspection-open': {
    bad: [
      metadata({ introspection_endpoint_auth_methods_supported: ['none'] }),
      metadata({ introspection_endpoint_auth_methods_supported: ['client_secret_basic', 'none'] }),
    ],
    good: [sound, metadata({ introspection_endpoint_auth_methods_supported: ['client_secret_basic'] })],
  },
  'keys-elsewhere': {
    bad: [metadata({ jwks_uri: 'https://keys.elsewhere.net/jwks' }), metadata({ jwks_uri: 'https://storage.cloud.test/a/jwks' })],
    good: [sound, metadata({ jwks_uri: 'https://keys.example.com/jwks' })],
  },
}
