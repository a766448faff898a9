/**
 * Owns the signing keys: generation, sealing at rest, signing, publication. Leaves to others what is signed and how it is verified
 * (`@latchwork/verify`).
 */
export { type KeyRing, openKeyRing } from './key-ring.ts'
export type { SigningAlgorithm, SigningKeyRecord, SigningStore } from './store.ts'
