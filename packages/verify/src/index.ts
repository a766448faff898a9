/**
 * `authenticate(request)` → principal, for API keys, session JWTs and OAuth tokens alike: who is calling, on whose behalf, and what may they do. Owns the extraction of the
 * credential, the order of the checks, the verification of our own JWTs, the cache and its revocation, and how refusals are told to callers. Leaves to others where records
 * and keys come from (ports), limits, bodies, and protection of cookies against forged requests.
 */
export { type Authenticator, type AuthenticatorState, createAuthenticator, FEED_GRACE_MS, type Needs, proven } from './authenticate.ts'
export { type Challenge, type ChallengeOptions, challengeFor, type ProblemDocument } from './challenge.ts'
export { clientAddressOf, clientOf, isLoopbackAddress } from './client-address.ts'
export { HeardEntries } from './heard-entries.ts'
export { fromFetchRequest, fromNodeRequest, type IncomingRequest, type Surroundings } from './incoming-request.ts'
export { readSignedJwt, type SignedJwt } from './jwt/read-signed.ts'
export { readKey, readKeySet, type VerificationKey } from './jwt/verification-key.ts'
export { type KeyOutcome, keyOutcomes, outcomeOfVerdict } from './key-outcomes.ts'
export type { AuthenticatorOptions, AuthenticatorPorts, ForeignCredential, FoundCredential, MeteredUse, PresentedCredential, UseCosts } from './ports.ts'
export { type ProtectedHandler, type ProtectOptions, protect } from './protect.ts'
export { type ProtectedResource, protectedResource, type ResourceMetadata, type ResourceOptions } from './protected-resource.ts'
export { type RateLimitFields, rateLimitFields } from './rate-limit-fields.ts'
export type { HeldRecord } from './record-cache.ts'
export { createVerifier, type Verifier, type VerifierOptions, type VerifierState } from './remote/create-verifier.ts'
export { type KeySetTimes, usualKeySetTimes } from './remote/key-set.ts'
export { KEEP_MS } from './revocation-memory.ts'
