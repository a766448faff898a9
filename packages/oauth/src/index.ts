/**
 * Mechanism 3: OAuth 2.1 and OpenID Connect, for other people's applications. Owns the endpoints' pipelines and the order of their checks, clients, codes, and what the
 * tokens say. Leaves token families and their end to `authority`, who a person is to the `SignedIn` port, HTTP and pages to the server.
 */
export { endConsent } from './applications/end-consent.ts'
export { type ApplicationMaker, couldBeAnybodys, isAssured, makerOf, shownLogoUri } from './applications/maker.ts'
export type { ApplicationsStore, ConnectedApplication, GrantUse } from './applications/store.ts'
export { thirdPartyLogin } from './applications/third-party-login.ts'
export { denialEvent } from './authorize/deny.ts'
export { type Allowance, issueCode } from './authorize/issue-code.ts'
export { type NextStep, nextStep, type SignedIn, type Situation } from './authorize/next-step.ts'
export { type AddressedRequest, type AuthorizationRequest, addressRequest, type Prompt, type ResponseMode, readRequest } from './authorize/read-request.ts'
export { type AuthorizationResponse, codeResponse, errorResponse, locationOf } from './authorize/respond.ts'
export { checkActsForItself } from './clients/acts-for-itself.ts'
export { type AuthenticatedClient, authenticateClient, type ClientCall } from './clients/authenticate-client.ts'
export { type ClientRequest, checkClient } from './clients/check-client.ts'
export { checkKeys } from './clients/check-keys.ts'
export { checkSettings } from './clients/check-settings.ts'
export { openClientKeys } from './clients/client-keys.ts'
export { authenticationMethodNames, authenticationMethods } from './clients/methods.ts'
export type { ClientCertificates, ClientKeys, FetchDocument } from './clients/ports.ts'
export { profileNames, profiles } from './clients/profiles.ts'
export { checkRedirectUri, hostOfRedirectUri, isLoopbackRedirectUri, isRegisteredRedirectUri } from './clients/redirect-uri.ts'
export { declareClient, disableClient, type RegisteredClient, type Registrar, registerClient } from './clients/register-client.ts'
export { type RolledSecret, rollClientSecret } from './clients/roll-secret.ts'
export { type SettingRow, type SettingShape, settingNames, settingRows } from './clients/setting-rows.ts'
export { type ClientChanges, mergeDeveloperChanges, mergeOperatorChanges, updateClient } from './clients/update-client.ts'
export { connectedKeyScopes } from './connected-key.ts'
export { describeConsent, wasAllowed } from './consent.ts'
export { allowDevice, type DeviceAnswer, denyDevice } from './device/answer-device.ts'
export { findWaitingDevice, openDevice, type WaitingDevice } from './device/open-device.ts'
export { type DeviceResponse, startDevice } from './device/start-device.ts'
export type { DeviceAuthorization, DeviceDecision, DeviceRecord, DeviceRedemption, DeviceStore, NewDevice, OpenedDevice } from './device/store.ts'
export { parseUserCode, showUserCode } from './device/user-code.ts'
export { type Introspection, introspect } from './introspect/introspect.ts'
export { SIGNED_INTROSPECTION, signIntrospection } from './introspect/signed-introspection.ts'
export type { Inquirer } from './introspect/who-may-know.ts'
export { faultOfKeySet, type Jwk, type JwkSet, keysFor, keysOf } from './jose/key-set.ts'
export { isSignedBy, JoseFault, type JwsTerms, readStrictJws, type StrictJws } from './jose/strict-jws.ts'
export { frontChannelAddresses } from './logout/front-channel.ts'
export { signLogoutToken } from './logout/logout-token.ts'
export { isProvenBy, type LogoutRequest, readLogout } from './logout/read-logout.ts'
export type { LogoutDelivery, LogoutStore, LogoutWish } from './logout/store.ts'
export { serverMetadata } from './metadata/metadata.ts'
export type { Api, OAuth, OwnToken, Person } from './oauth.ts'
export { type Parameters, parametersOf } from './parameters.ts'
export { removeUnusedRegistrations } from './registration/expire.ts'
export { makeInitialToken, revokeInitialToken } from './registration/initial-token.ts'
export { byItsOwner, endRegistration, proveRegistration, readRegistration, replaceRegistration } from './registration/manage.ts'
export type { RegistrationPolicy, StatementIssuer } from './registration/policy.ts'
export { admitRegistration, registerDynamically } from './registration/register.ts'
export { revokeToken } from './revoke/revoke-token.ts'
export { CONNECTED_KEY_SCOPE, describeScope, isOpenidScope, openidScopes } from './scopes.ts'
export type {
  Client,
  ClientAuthenticationMethod,
  ClientCreation,
  ClientFilter,
  ClientProfile,
  ClientSecretRecord,
  ClientSettings,
  ClientWithSecrets,
  CodeRecord,
  CodeRedemption,
  Consent,
  CreationTerms,
  Encryption,
  GrantType,
  InitialToken,
  NewAuthorization,
  NewCode,
  NewConnectedKey,
  OAuthStore,
  SecretChange,
  SecretRoll,
  TokenSigningAlgorithm,
  Withdrawal,
} from './store.ts'
export type { OAuthStores } from './stores.ts'
export { grantTypes, issueTokens } from './token/token-endpoint.ts'
export type { TokenRequest } from './token/token-request.ts'
export type { TokenResponse } from './token/token-response.ts'
export { acrOf, reachableAcrs } from './tokens/acr.ts'
export { findAccessToken } from './tokens/find-access-token.ts'
export { subjectOf } from './tokens/subject.ts'
export { JWT_LIFETIME_SECONDS } from './tokens/token-form.ts'
export { type UserInfo, userInfo } from './userinfo/userinfo.ts'
