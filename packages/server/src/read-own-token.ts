/** JWTs of ours that come back from outside: ID tokens as hints, access tokens to be introspected or revoked. */
import type { OAuth } from '@latchwork/oauth'
import type { KeyRing, SigningKeyRecord } from '@latchwork/signing'
import { readKey, readSignedJwt, type VerificationKey } from '@latchwork/verify'

/**
 * By every key that was ever ours and not revoked, long retired ones among them: what comes back may be old (RP-Initiated Logout 1.0 §2), and says who signed in and nothing of
 * what is allowed now.
 */
export function ownTokenReader(issuer: string, keyRing: Pick<KeyRing, 'keys'>): OAuth['readOwnToken'] {
  let known: { readonly of: unknown; readonly keys: ReadonlyMap<string, VerificationKey> } | undefined
  const findKey = (kid: string): VerificationKey | undefined => {
    const all = keyRing.keys()
    if (known?.of !== all) known = { of: all, keys: usable(all) }
    return known.keys.get(kid)
  }
  return (text) => {
    const token = readSignedJwt(text, findKey)
    const type = token?.header['typ']
    return token === undefined || typeof type !== 'string' || token.claims['iss'] !== issuer ? undefined : { type, claims: token.claims }
  }
}

function usable(keys: readonly SigningKeyRecord[]): ReadonlyMap<string, VerificationKey> {
  const read = keys.filter(({ state }) => state !== 'revoked').map(({ publicJwk }) => readKey(publicJwk))
  return new Map(read.filter((key) => key !== undefined).map((key) => [key.kid, key]))
}
