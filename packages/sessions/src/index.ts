/**
 * Mechanism 2: signed claims for your own front ends. Owns the session's access token and the flow of its refresh token. Leaves the proof of who a person is to `accounts`,
 * the rotation itself to `authority`, cookies to the server.
 */
export { SESSION_TOKEN_TYPE } from './access-token.ts'
export { endSession } from './end-session.ts'
export { refreshSession } from './refresh-session.ts'
export type { Sessions, SessionTokens, StartedSession } from './sessions.ts'
export { type SignInPlace, startSession } from './start-session.ts'
export type { FormerSession, NewSession, SessionRenewal, SessionStart, SessionsStore } from './store.ts'
