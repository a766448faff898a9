/** What the key ring asks of a store. */
import type { Journal, NewEvent } from '@latchwork/kernel'

export const signingAlgorithms = ['ES256', 'RS256', 'PS256', 'Ed25519'] as const
export type SigningAlgorithm = (typeof signingAlgorithms)[number]

/**
 * `next`: published, not used yet. `current`: what is signed with. `retired`: published while tokens signed with it live; its private half is gone.
 * `withdrawn`: no longer published. `revoked`: withdrawn at once, because somebody else may have it.
 */
export const signingKeyStates = ['next', 'current', 'retired', 'withdrawn', 'revoked'] as const
export type SigningKeyState = (typeof signingKeyStates)[number]

export interface SigningKeyRecord {
  readonly kid: string
  readonly algorithm: SigningAlgorithm
  readonly state: SigningKeyState
  /** The public half as a JWK (RFC 7517), with `kid`, `alg` and `use`. */
  readonly publicJwk: Readonly<Record<string, string>>
  /** What the vault needs to sign with the private half; absent once that was erased. */
  readonly privateHalf?: string
  readonly createdAt: number
  /** When it is, or was, first signed with. */
  readonly activatesAt: number
  readonly retiredAt?: number
  /** A retired key's: when the last token signed with it has expired. */
  readonly publishedUntil?: number
  readonly withdrawnAt?: number
}

/** A key that takes the place of another. */
export interface Promotion {
  readonly kid: string
  readonly formerKid: string
  readonly retiredAt: number
  readonly publishedUntil: number
}

export interface SigningKeyRevocation {
  readonly kid: string
  readonly now: number
  /** Signs from now on, if the revoked key was the current one and none is waiting to be. */
  readonly replacement?: { readonly key: SigningKeyRecord; readonly events: readonly NewEvent[] }
}

export interface SigningStore {
  /** Every key, the oldest first. */
  readonly listSigningKeys: () => Promise<readonly SigningKeyRecord[]>
  /** Adds the key unless its algorithm has one of the same state, `current` or `next`; false if so. Nodes that act at once get one key. */
  readonly addSigningKey: (key: SigningKeyRecord, journal: Journal) => Promise<boolean>
  /** The next key becomes the current one, the current one retires and loses its private half; false unless they still are what they were. */
  readonly promoteSigningKey: (promotion: Promotion, journal: Journal) => Promise<boolean>
  /** Moves the first use of a next key; false if it is none. */
  readonly moveSigningKey: (kid: string, activatesAt: number) => Promise<boolean>
  /** Ends the publication of a retired key; false if it is none. */
  readonly withdrawSigningKey: (kid: string, now: number, journal: Journal) => Promise<boolean>
  /**
   * Revokes a key and erases its private half. In place of a current one the next signs from now on, or else the replacement.
   * `nothing_in_its_place`: it is the current one, there is neither, and nothing was done.
   */
  readonly revokeSigningKey: (revocation: SigningKeyRevocation, journal: Journal) => Promise<'revoked' | 'not_found' | 'nothing_in_its_place'>
  /** Puts a private half that was sealed anew in place of what it was; false if it is no longer that. */
  readonly replacePrivateHalf: (kid: string, former: string, privateHalf: string) => Promise<boolean>
  /** Forgets keys that were withdrawn before. */
  readonly forgetSigningKeys: (withdrawnBefore: number) => Promise<void>
}
