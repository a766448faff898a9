/** Proof of possession (RFC 9449): a key per profile, a proof per request. */
import { createHash, randomUUID } from 'node:crypto'
import { exportJWK, importJWK, type JWK, SignJWT } from 'jose'
import * as oauth from 'oauth4webapi'
import { ClientFailure } from '../failure.ts'

type PrivateJwk = Readonly<Record<string, unknown>>

export async function makeDpopKey(): Promise<PrivateJwk> {
  const { privateKey } = await oauth.generateKeyPair('ES256', { extractable: true })
  return { ...(await exportJWK(privateKey)) }
}

function publicHalf({ kty, crv, x, y }: PrivateJwk): JWK {
  return { kty, crv, x, y } as JWK
}

async function imported(jwk: JWK): Promise<oauth.CryptoKey> {
  const key = await importJWK(jwk, 'ES256', { extractable: true })
  if (key instanceof Uint8Array) throw new ClientFailure('profile_damaged', 'The DPoP key of the profile is no key pair.', 'Log in again.')
  return key as oauth.CryptoKey
}

/** For the calls to the authorization server; remembers the nonces it gives. */
export async function dpopHandle(client: oauth.Client, jwk: PrivateJwk): Promise<oauth.DPoPHandle> {
  return oauth.DPoP(client, { privateKey: await imported(jwk as JWK), publicKey: await imported(publicHalf(jwk)) })
}

export interface ProvenRequest {
  readonly method: string
  readonly url: URL
  readonly accessToken: string
  readonly nonce?: string
}

/** The `DPoP` header of one request to a protected resource (RFC 9449 §4.2, §7.1). */
export async function makeProof(jwk: PrivateJwk, { method, url, accessToken, nonce }: ProvenRequest, now: number): Promise<string> {
  const claims = {
    htm: method,
    htu: `${url.origin}${url.pathname}`, // without query and fragment
    ath: createHash('sha256').update(accessToken).digest('base64url'),
    ...(nonce === undefined ? {} : { nonce }),
  }
  // audit:allow code/jwt-never-expires a proof has no exp: its server takes it for the moment of its iat alone (RFC 9449 §4.3)
  return new SignJWT(claims)
    .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk: publicHalf(jwk) })
    .setJti(randomUUID())
    .setIssuedAt(Math.floor(now / 1000))
    .sign(await imported(jwk as JWK))
}

/** Once more with the nonce, if the server wants one (RFC 9449 §8). */
export async function withNonce<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if (!oauth.isDPoPNonceError(error)) throw error
    return call()
  }
}
