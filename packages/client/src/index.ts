/**
 * Calls with any of the credentials: profiles and the keeping of their secrets, OAuth flows, refresh and DPoP, requests that send a credential only where it belongs, and why one
 * was refused. Owns no terminal: whoever uses it speaks with the person. Knows other people's authorization servers as well as Latchwork.
 */
export { checkAddress, checkOrigin, isLoopback } from './address.ts'
export { type AuthenticationChallenge, parseChallenges } from './explain/challenges.ts'
export { type Explanation, explain, headerOf } from './explain/explain.ts'
export { ClientFailure, type ClientFailureCode } from './failure.ts'
export { guardedFetch } from './guarded-fetch.ts'
export type { KeySources } from './keep/keys.ts'
export { type ListedProfile, openProfileStore, type ProfileStore } from './keep/profiles.ts'
export { type LoginWish, login } from './login.ts'
export type { LoginTalk } from './login-talk.ts'
export { type LoggedOut, logout } from './logout.ts'
export { type ClientAuthenticationMethod, checkProfileName, type Profile, type ProfileType, profileTypes } from './profile.ts'
export { type Credential, credentialOf } from './send/credential.ts'
export { type Exchange, type Header, type Hop, type RequestToSend, send } from './send/send.ts'
