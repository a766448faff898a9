/** JWTs of ours that come back from outside: ID tokens as hints, access tokens to be introspected or revoked. */
import type { OAuth } from '@latchwork/oauth'
import type { KeyRing } from '@latchwork/signing'
import { readKeySet, readSignedJwt, type VerificationKey } from '@latchwork/verify'

/** By every key that is still known, those that are no longer published among them: a hint may be old. One that was revoked, which others may have, proves nothing. */
export function ownTokenReader(issuer: string, keyRing: Pick<KeyRing, 'keys'>): OAuth['readOwnToken'] {
  let known: { readonly of: unknown; readonly keys: ReadonlyMap<string, VerificationKey> } | undefined
  const findKey = (kid: string): VerificationKey | undefined => {
    const records = keyRing.keys()
    if (known?.of !== records) known = { of: records, keys: keysOf(records) }
    return known.keys.get(kid)
  }
  return (text) => {
    const token = readSignedJwt(text, findKey)
    const type = token?.header['typ']
    return token === undefined || typeof type !== 'string' || token.claims['iss'] !== issuer ? undefined : { type, claims: token.claims }
  }
}

/** Key sets are read a hundred at a time at most; a ring that turns keeps more. */
function keysOf(records: ReturnType<KeyRing['keys']>): ReadonlyMap<string, VerificationKey> {
  const trusted = records.filter(({ state }) => state !== 'revoked').slice(-100)
  return readKeySet({ keys: trusted.map(({ publicJwk }) => publicJwk) }) ?? new Map()
}
