/** What sign-out at the applications asks of a store. The lines of the outbox are written by the act that ends a login session. */
import type { Journal } from '@latchwork/kernel'
import type { Client } from '../store.ts'

/** One application that is to be told of one login session's end (Back-Channel Logout 1.0 §2.5). */
export interface LogoutDelivery {
  readonly id: string
  readonly clientId: string
  readonly userId: string
  readonly sessionId: string
  /** With the one that is under way. */
  readonly attempts: number
}

/** Which lines, of those that are due. */
export interface LogoutWish {
  /** Lines that nobody has tried yet, or those that were not taken before. */
  readonly tried?: boolean
  /** Of none of these clients. */
  readonly exceptClients?: readonly string[]
}

export interface LogoutStore {
  /** Applications that the person signed in to (`openid`) from this login session, whether or not their grants have ended. */
  readonly listSignedInClients: (sessionId: string) => Promise<readonly Client[]>
  /** Lines that are due, each put off until the lease ends: a node that dies with one has only delayed it. */
  readonly claimLogouts: (now: number, leaseUntil: number, limit: number, wish?: LogoutWish) => Promise<readonly LogoutDelivery[]>
  readonly putOffLogout: (id: string, now: number, nextAt: number) => Promise<void>
  /** Takes the line out, if it is there: two nodes may have had it, and one of them writes what came of it. */
  readonly endLogout: (id: string, journal: Journal) => Promise<void>
}
