/**
 * Row 0: the words everybody uses. Owns the vocabulary (refusal, principal, credential format, scope, event, revocation) and the pure judgements
 * on it. Does no I/O: it knows no store, no HTTP and no clock but the one handed in.
 */
export { asciiOf } from './ascii.ts'
export { base62OfBytes, base62OfNumber, CHECKSUM_DIGITS, checksumOf } from './base62.ts'
export { type Clock, systemClock } from './clock.ts'
export {
  BRAND_FORM,
  CREDENTIAL_PATTERN,
  digestOf,
  type Environment,
  fingerprintOf,
  isForeignForm,
  type KeyKind,
  keyKinds,
  keyOfBytes,
  MAX_CREDENTIAL_BYTES,
  mintKey,
  mintToken,
  type ParsedCredential,
  parseCredential,
  parseToken,
  redactCredentials,
  SECRET_BYTES,
  type TimedKind,
  type TokenKind,
  tokenOfBytes,
  tokenPrefixes,
} from './credential.ts'
export { CHECKSUM_IN_WORDS, type CredentialFormat, credentialFormats, EXAMPLE_BODY } from './credential-format.ts'
export { type Circumstances, type CredentialRecord, judgeCredential, type Verdict } from './credential-record.ts'
export { deriveKey, type KeyPurpose } from './derive-key.ts'
export { takeRandomBytes, takeRandomDigits } from './entropy.ts'
export { type ActorKind, type EventType, eventTypes, type NewEvent, type Origin, type StoredEvent } from './event.ts'
export { hmacOf } from './hmac.ts'
export { type IdKind, idPrefixes, newId } from './id.ts'
export type { Journal, ListFilter, Page, PageRequest } from './journal.ts'
export { faultOfMetadata, type Metadata, type MetadataValue } from './metadata.ts'
export type { LimitState, Metering, NamedLimit } from './metering.ts'
export { holdsCredential, isVisible, isVisibleName } from './name.ts'
export { nearMiss, suggestion } from './near-miss.ts'
export { canonicalAddress, isAddress, isInNetworks, parseNetwork } from './network.ts'
export { type Answered, answeredBy, CALL_MEMORY_MS, type CallName, type Once, onceOf, type Repeated, repeatedAnswer } from './once.ts'
export type { Mechanism, Principal } from './principal.ts'
export { Refusal, type RefusalCode, type RefusalOptions, refusals, refuse } from './refusal.ts'
export {
  ACTS_FOR_ITSELF,
  FEED_BEGINNING,
  type FeedEntry,
  type FeedPosition,
  isSamePosition,
  type Lifeline,
  type LifelineKind,
  LOOK_UPS_ANEW,
  lifelineOfClientRight,
  lifelineOfRight,
  lifelineOfScope,
  parsePosition,
  positionOf,
  positionText,
  type Revocation,
} from './revocation.ts'
export { gitleaksRules, trufflehogRules } from './scanner-rules.ts'
export { covers, coversAll, isResourceScope, MAX_SCOPES, parseScopes } from './scope.ts'
export { Secret } from './secret.ts'
export { goOn, type Soon } from './soon.ts'
export { parseStrictJson } from './strict-json.ts'
export { mintTimedToken, storedDigestOf, timedDigestOf, timedTokenOfBytes } from './timed-token.ts'
