/**
 * Mechanism 1: long-lived secrets for programs. Owns minting, revoking and the rules of what a key may carry; root keys, which open the management API, are its
 * siblings. Leaves verification to `@latchwork/verify` and the two-key constraint to the store.
 */
export { type ApiKeys, type IssuedKey, issueKey, type KeyRequest, type Maker } from './issue-key.ts'
export { endDueLeaks } from './leaks/end-due-leaks.ts'
export { type LeakClaim, parseLeakReport } from './leaks/parse-report.ts'
export { type LeakException, type LeakPolicy, type LeakReaction, reactionTo } from './leaks/policy.ts'
export { type Leaks, settleReports } from './leaks/settle-reports.ts'
export type {
  Leak,
  LeakAction,
  LeakableKind,
  LeakChannel,
  LeakDelivery,
  LeakReport,
  LeaksStore,
  LeakTarget,
  LeakTargets,
  NewLeakReport,
} from './leaks/store.ts'
export { revokeKey } from './revoke-key.ts'
export { type IssuedRootKey, issueRootKey, type ManagementScope, managementScopes, revokeRootKey } from './root-key.ts'
export type {
  ApiKey,
  ApiKeysStore,
  CreateBounds,
  CreditRefill,
  Credits,
  FoundKey,
  ImportRefusal,
  KeyChanges,
  KeyFilter,
  KeyRoll,
  KeySuccessor,
  KeyTerms,
  NamedLimit,
  NewApiKey,
  NewRootKey,
  Once,
  Repeated,
  RolledKey,
  RollRefusal,
  RootKey,
} from './store.ts'
export { anomalies, judgeUse, MAX_NETWORKS, newHabit, type UseThresholds, usualThresholds } from './use/anomalies.ts'
export { type Anomaly, type AnomalyKind, anomalyKinds } from './use/anomaly.ts'
export { isUseOutcome, outcomeOfRefusal, type UseOutcome, useOutcomeNames, useOutcomes } from './use/outcomes.ts'
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
