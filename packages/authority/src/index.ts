/**
 * Owns who may act for whom: grants, token families and their rotation, access tokens at rest, revocation and its feed. Leaves to `sessions` and `oauth` what a
 * token looks like on the wire and who may ask for one.
 */
export { bringRightsInLine, type ConfiguredRights } from './configured-rights.ts'
export { endGrant, type GrantEnd } from './end-grant.ts'
export {
  type Authority,
  aboutOf,
  findLiveRefreshToken,
  type LiveRefreshToken,
  type Presenter,
  type Rotated,
  refreshRefusals,
  rotateRefreshToken,
} from './refresh.ts'
export { type MintedRefreshToken, mintRefreshToken, type RefreshLifetimes } from './refresh-token.ts'
export type {
  AccessTokenRecord,
  AuthorityStore,
  ClientRights,
  Grant,
  GrantDetails,
  NewAccessToken,
  NewRefreshToken,
  RefreshRecord,
  RefreshRetry,
  RevocationFeed,
  Rotation,
  SelfContainedToken,
} from './store.ts'
