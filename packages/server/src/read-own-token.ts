/** JWTs of ours that come back from outside: ID tokens as hints. */
import type { OAuth } from '@latchwork/oauth'
import type { KeyRing } from '@latchwork/signing'
import { readKeySet, readSignedJwt, type VerificationKey } from '@latchwork/verify'

/** By the keys that are published, those that sign no more among them. */
export function ownTokenReader(issuer: string, keyRing: Pick<KeyRing, 'publicKeys'>): OAuth['readOwnToken'] {
  let known: { readonly of: unknown; readonly keys: ReadonlyMap<string, VerificationKey> } | undefined
  const findKey = (kid: string): VerificationKey | undefined => {
    const published = keyRing.publicKeys()
    if (known?.of !== published) known = { of: published, keys: readKeySet({ keys: published }) ?? new Map() }
    return known.keys.get(kid)
  }
  return (text) => {
    const token = readSignedJwt(text, findKey)
    const type = token?.header['typ']
    return token === undefined || typeof type !== 'string' || token.claims['iss'] !== issuer ? undefined : { type, claims: token.claims }
  }
}
