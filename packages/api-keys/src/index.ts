/**
 * Mechanism 1: long-lived secrets for programs. Owns minting, revoking and the rules of what a key may carry; root keys, which open the management API, are its
 * siblings. Leaves verification to `@latchwork/verify` and the two-key constraint to the store.
 */
export { type ApiKeys, type IssuedKey, issueKey, type KeyRequest, type Maker } from './issue-key.ts'
export { revokeKey } from './revoke-key.ts'
export { type IssuedRootKey, issueRootKey, type ManagementScope, managementScopes, revokeRootKey } from './root-key.ts'
export type { ApiKey, ApiKeysStore, KeyFilter, NewApiKey, NewRootKey, RootKey } from './store.ts'
