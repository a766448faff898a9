/** How a client proves itself at the token endpoint: one row a method (RFC 6749 §2.3, RFC 7523 §2.2). */
import { importJWK, type JWK } from 'jose'
import * as oauth from 'oauth4webapi'
import { ClientFailure } from '../failure.ts'
import type { ClientAuthenticationMethod, ProfileSecrets } from '../profile.ts'

type Prove = (secrets: ProfileSecrets) => Promise<oauth.ClientAuth>

const methods: Readonly<Record<ClientAuthenticationMethod, Prove>> = {
  none: async () => oauth.None(),
  client_secret_basic: async ({ clientSecret }) => oauth.ClientSecretBasic(clientSecret ?? missing('secret')),
  client_secret_post: async ({ clientSecret }) => oauth.ClientSecretPost(clientSecret ?? missing('secret')),
  private_key_jwt: async ({ clientKey }) => {
    const jwk = (clientKey ?? missing('key')) as JWK
    const key = await importJWK(jwk, jwk.alg)
    if (key instanceof Uint8Array) return missing('private key')
    return oauth.PrivateKeyJwt({ key, ...(jwk.kid === undefined ? {} : { kid: jwk.kid }) })
  },
}

export function proofOf(method: ClientAuthenticationMethod, secrets: ProfileSecrets): Promise<oauth.ClientAuth> {
  return methods[method](secrets)
}

function missing(what: string): never {
  throw new ClientFailure('login_refused', `The client's ${what} is not there.`, 'Log in again, and name the file it is in.')
}
