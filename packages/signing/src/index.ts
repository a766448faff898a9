/**
 * Owns the signing keys: generation, sealing at rest, signing, rotation, publication. Leaves to others what is signed, how it is verified
 * (`@latchwork/verify`) and when the schedule is looked at.
 */

export { keepSchedule } from './keep-schedule.ts'
export type { Mover } from './key-event.ts'
export { type KeyRing, openKeyRing, type RingParts, type RingPolicy } from './key-ring.ts'
export type { Ed25519Name } from './make-key.ts'
export { type RevokedSigningKey, revokeSigningKey } from './revoke-signing-key.ts'
export { rotateSigningKeys } from './rotate.ts'
export {
  type Promotion,
  type SigningAlgorithm,
  type SigningKeyRecord,
  type SigningKeyRevocation,
  type SigningKeyState,
  type SigningStore,
  signingAlgorithms,
  signingKeyStates,
} from './store.ts'
export { type MadeKey, type Signer, sealedVault, type Vault } from './vault.ts'
