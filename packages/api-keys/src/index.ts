/**
 * Mechanism 1: long-lived secrets for programs. Owns minting, revoking and the rules of what a key may carry; root keys, which open the management API, are its
 * siblings. Leaves verification to `@latchwork/verify` and the two-key constraint to the store.
 */
export { type ApiKeys, type KeyPolicy, type Maker, policyOf, usualPolicy } from './api-keys.ts'
export type { AskedTerms } from './check-terms.ts'
export { type ConnectedKeyRequest, type ConnectedKeyWish, issueConnectedKey, mintConnectedKey } from './connected-key.ts'
export { endKey, extendOverlap } from './end-key.ts'
export { noteExpiringKeys } from './expiring.ts'
export { findPresentedKey, type PresentedKey } from './find-key.ts'
export { type ImportedKeys, importKeys, type KeyToImport, MAX_IMPORT } from './import-keys.ts'
export { isPrimaryAt } from './is-primary.ts'
export { type IssuedKey, issueKey, issueKeyOnce, type KeyRequest, type RepeatedIssue } from './issue-key.ts'
export { endDueLeaks } from './leaks/end-due-leaks.ts'
export { type LeakClaim, type LeakDoor, parseLeakReport } from './leaks/parse-report.ts'
export { type LeakException, type LeakPolicy, type LeakReaction, reactionTo } from './leaks/policy.ts'
export { type Leaks, settleReports } from './leaks/settle-reports.ts'
export type {
  Leak,
  LeakAction,
  LeakableKind,
  LeakChannel,
  LeakDelivery,
  LeakNotice,
  LeakReport,
  LeaksStore,
  LeakTarget,
  LeakTargets,
  NewLeakReport,
} from './leaks/store.ts'
export { endKeysOfMember, listKeysOfMember, rollKeysOfMember } from './member-keys.ts'
export { CALL_MEMORY_MS, type CallName } from './once.ts'
export { type NamedPepper, type NotedPepper, notedPepper, type Pepper, pepperIds, storedDigest, storedDigests } from './pepper.ts'
export { revokeKey } from './revoke-key.ts'
export { MAX_OVERLAP_MS, noteFirstUse, noteFirstUses, type RolledWithSecret, type RollRequest, rollKey, USUAL_OVERLAP_MS } from './roll-key.ts'
export { type IssuedRootKey, issueRootKey, issueRootKeyOnce, type ManagementScope, managementScopes, opensManagement, revokeRootKey } from './root-key.ts'
export type { Deliveries, DeliveryOutcome, KeyDelivery } from './rotation/deliveries.ts'
export { type RotationState, stateOfRotation } from './rotation/key-state.ts'
export { type Advance, pauseAfterFailures, rotateDue } from './rotation/rotate.ts'
export { refuseUnknown as refuseUnknownRotation, rotateNow } from './rotation/rotate-now.ts'
export type { Rotations } from './rotation/rotations.ts'
export { type Calendar, dueOf } from './rotation/schedule.ts'
export { type AskedRotation, removeRotation, setAccountRotation, setKeyRotation } from './rotation/set-rotation.ts'
export type {
  ClaimedRotation,
  FreedPlace,
  NamedRotation,
  PolicyOwner,
  RemovedRotation,
  Rotation,
  RotationAttempt,
  RotationChange,
  RotationNotice,
  RotationOutcome,
  RotationPolicy,
  RotationSchedule,
  RotationStore,
  WrittenBeside,
} from './rotation/store.ts'
export type {
  ApiKey,
  ApiKeysStore,
  CreateBounds,
  CreditRefill,
  Credits,
  FoundKey,
  ImportBounds,
  ImportRefusal,
  KeyChanges,
  KeyFilter,
  KeyRoll,
  KeySuccessor,
  KeyTerms,
  NamedLimit,
  NewApiKey,
  NewImport,
  NewRootKey,
  Once,
  Repeated,
  RolledKey,
  RollRefusal,
  RootKey,
  RootKeyFilter,
  Spent,
} from './store.ts'
export { type AskedChanges, updateKey } from './update-key.ts'
export { anomalies, judgeUse, MAX_NETWORKS, newHabit, type UseThresholds, usualThresholds } from './use/anomalies.ts'
export { type Anomaly, type AnomalyKind, anomalyKinds } from './use/anomaly.ts'
export { isUseOutcome, outcomeOfCode, outcomeOfRefusal, type UseOutcome, useOutcomeNames, useOutcomes } from './use/outcomes.ts'
export type {
  Alert,
  AlertChannel,
  AlertDelivery,
  AlertOutbox,
  DeliveryRecord,
  HourOfUse,
  KeyHabit,
  KeyUse,
  KeyUseStore,
  KnownNetworks,
  NetworkSighting,
  RecordedUse,
  UseJudge,
  UseReport,
  UseSurroundings,
} from './use/store.ts'
export { createUseRecorder, type UseRecorder, type UseRecorderParts, useRetention } from './use/use-recorder.ts'
export { boundedUserAgent, createUseTally, networksOf, type UseNote, type UseTally } from './use/use-tally.ts'
export { creditsLeft, type Purse, waitForCredits } from './wait-for-credits.ts'
