/** What metadata says of how clients prove themselves and register (RFC 8414 §2, RFC 7591 §3). */
import { methodsTaken } from '../clients/methods.ts'
import { profileNames, profiles } from '../clients/profiles.ts'
import type { OAuth } from '../oauth.ts'

export function clientMetadata(oauth: OAuth): Readonly<Record<string, unknown>> {
  const methods = methodsTaken(oauth)
  const algorithms = [...new Set(profileNames.filter((name) => oauth.profiles.has(name)).flatMap((name) => profiles[name].assertionAlgorithms))]
  return {
    ...(oauth.registration.mode === 'closed' ? {} : { registration_endpoint: `${oauth.issuer}/register` }),
    token_endpoint_auth_methods_supported: methods,
    token_endpoint_auth_signing_alg_values_supported: algorithms,
    introspection_endpoint_auth_methods_supported: methods.filter((method) => method !== 'none'),
    introspection_endpoint_auth_signing_alg_values_supported: algorithms,
    revocation_endpoint_auth_methods_supported: methods,
    revocation_endpoint_auth_signing_alg_values_supported: algorithms,
  }
}
