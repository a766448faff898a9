/** What a login session is called at a client (`sid`; Front-Channel Logout 1.0 §3, Back-Channel Logout 1.0 §2.1): each has a name of its own, so that no two can match people by it. */
import { hmacOf } from '@latchwork/kernel'
import type { OAuth } from '../oauth.ts'

/** The same in ID tokens, logout tokens and front-channel addresses, for as long as the session lives, and with no way back to its id. */
export function sessionNameOf({ pairwiseKey }: Pick<OAuth, 'pairwiseKey'>, clientId: string, sessionId: string): string {
  return hmacOf(pairwiseKey, `sid\0${clientId}\0${sessionId}`).toString('base64url')
}
