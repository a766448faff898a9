/**
 * Mechanism 3: OAuth 2.1 and OpenID Connect, for other people's applications. Owns the endpoints' pipelines and the order of their checks, clients, codes, and what the
 * tokens say. Leaves token families and their end to `authority`, who a person is to the `SignedIn` port, HTTP and pages to the server.
 */
export { endConsent } from './applications/end-consent.ts'
export { type ApplicationMaker, isAssured, makerOf } from './applications/maker.ts'
export type { ApplicationsStore, ConnectedApplication, GrantUse } from './applications/store.ts'
export { thirdPartyLogin } from './applications/third-party-login.ts'
export { denialEvent } from './authorize/deny.ts'
export { type Allowance, issueCode } from './authorize/issue-code.ts'
export { type NextStep, nextStep, type SignedIn, type Situation } from './authorize/next-step.ts'
export { type AddressedRequest, type AuthorizationRequest, addressRequest, type Prompt, type ResponseMode, readRequest } from './authorize/read-request.ts'
export { type AuthorizationResponse, codeResponse, errorResponse, locationOf } from './authorize/respond.ts'
export { type AuthenticatedClient, authenticateClient } from './clients/authenticate-client.ts'
export { checkRedirectUri, hostOfRedirectUri, isLoopbackRedirectUri, isRegisteredRedirectUri } from './clients/redirect-uri.ts'
export { type ClientRequest, declareClient, disableClient, type RegisteredClient, type Registrar, registerClient } from './clients/register-client.ts'
export { allowDevice, type DeviceAnswer, denyDevice } from './device/answer-device.ts'
export { findWaitingDevice, openDevice, type WaitingDevice } from './device/open-device.ts'
export { type DeviceResponse, startDevice } from './device/start-device.ts'
export type { DeviceAuthorization, DeviceDecision, DeviceRecord, DeviceRedemption, DeviceStore, NewDevice, OpenedDevice } from './device/store.ts'
export { parseUserCode, showUserCode } from './device/user-code.ts'
export { type Inquirer, type Introspection, introspect } from './introspect/introspect.ts'
export { frontChannelAddresses } from './logout/front-channel.ts'
export { signLogoutToken } from './logout/logout-token.ts'
export { isProvenBy, type LogoutRequest, readLogout } from './logout/read-logout.ts'
export type { LogoutDelivery, LogoutStore } from './logout/store.ts'
export { serverMetadata } from './metadata/metadata.ts'
export type { Api, OAuth, OwnToken, Person } from './oauth.ts'
export { type Parameters, parametersOf } from './parameters.ts'
export { revokeToken } from './revoke/revoke-token.ts'
export { describeScope, isOpenidScope, openidScopes } from './scopes.ts'
export type {
  Client,
  ClientAuthenticationMethod,
  ClientProfile,
  ClientSettings,
  ClientWithSecrets,
  CodeRecord,
  CodeRedemption,
  Consent,
  Encryption,
  GrantType,
  NewAuthorization,
  NewCode,
  OAuthStore,
  TokenSigningAlgorithm,
} from './store.ts'
export type { OAuthStores } from './stores.ts'
export { grantTypes, issueTokens } from './token/token-endpoint.ts'
export type { TokenRequest } from './token/token-request.ts'
export type { TokenResponse } from './token/token-response.ts'
export { type UserInfo, userInfo } from './userinfo/userinfo.ts'
