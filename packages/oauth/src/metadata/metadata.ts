/** What clients learn about this server (RFC 8414 §2, OpenID Connect Discovery §3): one document for both, and nothing in it that is not so. */
import { personClaims } from '../claims/person-claims.ts'
import { contentEncryptionAlgorithms, keyManagementAlgorithms, signingAlgorithms } from '../clients/setting-rows.ts'
import type { OAuth } from '../oauth.ts'
import { openidScopes } from '../scopes.ts'
import { grantTypes } from '../token/token-endpoint.ts'
import { reachableAcrs } from '../tokens/acr.ts'
import { clientMetadata } from './client-metadata.ts'

export function serverMetadata(oauth: OAuth): Readonly<Record<string, unknown>> {
  const at = (path: string): string => `${oauth.issuer}${path}`
  const apiScopes = [...oauth.apis.values()].flatMap((api) => api.scopes.map((scope) => scope.name))
  return {
    issuer: oauth.issuer,
    authorization_endpoint: at('/authorize'),
    token_endpoint: at('/token'),
    introspection_endpoint: at('/introspect'),
    revocation_endpoint: at('/revoke'),
    userinfo_endpoint: at('/userinfo'),
    device_authorization_endpoint: at('/device_authorization'), // RFC 8628 §4
    end_session_endpoint: at('/logout'),
    jwks_uri: at('/jwks'),
    scopes_supported: [...new Set([...Object.keys(openidScopes), ...apiScopes])],
    response_types_supported: ['code'],
    response_modes_supported: ['query', 'form_post'],
    grant_types_supported: grantTypes,
    code_challenge_methods_supported: ['S256'],
    ...clientMetadata(oauth),
    subject_types_supported: ['public', 'pairwise'],
    ...forClients('id_token'),
    ...forClients('userinfo'),
    ...forClients('introspection'), // RFC 9701 §7
    acr_values_supported: reachableAcrs(oauth.waysIn),
    claims_supported: ['iss', 'sub', 'aud', 'exp', 'iat', 'auth_time', 'nonce', 'at_hash', 'sid', 'acr', 'amr', ...personClaims],
    claim_types_supported: ['normal'],
    display_values_supported: ['page'],
    prompt_values_supported: ['none', 'login', 'consent', 'select_account'],
    backchannel_logout_supported: true,
    backchannel_logout_session_supported: true,
    frontchannel_logout_supported: true,
    frontchannel_logout_session_supported: true,
    authorization_response_iss_parameter_supported: true, // RFC 9207 §3
    request_parameter_supported: false,
    request_uri_parameter_supported: false,
    claims_parameter_supported: true,
  }
}

/** How clients may have a kind of answer signed and encrypted (OpenID Connect Discovery §3). */
function forClients(answer: 'id_token' | 'userinfo' | 'introspection'): Readonly<Record<string, readonly string[]>> {
  return {
    [`${answer}_signing_alg_values_supported`]: signingAlgorithms,
    [`${answer}_encryption_alg_values_supported`]: keyManagementAlgorithms,
    [`${answer}_encryption_enc_values_supported`]: contentEncryptionAlgorithms,
  }
}
