/** What metadata says of ID tokens, UserInfo and introspection (OpenID Connect Discovery §3, RFC 9701 §7). */
import { personClaims } from '../claims/person-claims.ts'
import { contentEncryptionAlgorithms, keyManagementAlgorithms, signingAlgorithms } from '../clients/setting-rows.ts'
import type { OAuth } from '../oauth.ts'
import { reachableAcrs } from '../tokens/acr.ts'

const tokenClaims = ['iss', 'sub', 'aud', 'exp', 'iat', 'auth_time', 'nonce', 'at_hash', 'sid', 'acr', 'amr']

export function tokenMetadata(oauth: OAuth): Readonly<Record<string, unknown>> {
  return {
    subject_types_supported: ['public', 'pairwise'],
    id_token_signing_alg_values_supported: signingAlgorithms,
    id_token_encryption_alg_values_supported: keyManagementAlgorithms,
    id_token_encryption_enc_values_supported: contentEncryptionAlgorithms,
    userinfo_signing_alg_values_supported: signingAlgorithms,
    userinfo_encryption_alg_values_supported: keyManagementAlgorithms,
    userinfo_encryption_enc_values_supported: contentEncryptionAlgorithms,
    introspection_signing_alg_values_supported: signingAlgorithms,
    introspection_encryption_alg_values_supported: keyManagementAlgorithms,
    introspection_encryption_enc_values_supported: contentEncryptionAlgorithms,
    acr_values_supported: reachableAcrs(oauth.waysIn),
    claim_types_supported: ['normal'],
    claims_supported: [...tokenClaims, ...personClaims],
    claims_parameter_supported: true,
    display_values_supported: ['page'],
  }
}
