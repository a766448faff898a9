/**
 * Who is visiting, kept on the server: the browser holds a random number in a cookie, and never a token. In memory, which is right for a demonstration and wrong
 * for more than one process.
 */
import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { IDToken, UserInfoResponse } from 'openid-client'

/** A sign-in on its way: what must be the same when the person comes back. */
export interface PendingSignIn {
  readonly state: string
  readonly nonce: string
  readonly codeVerifier: string
}

export interface SignedIn {
  readonly claims: IDToken
  readonly userInfo: UserInfoResponse | undefined
  readonly accessToken: string
  readonly refreshToken: string | undefined
  readonly scope: string
  /** Epoch milliseconds. */
  readonly accessTokenExpiresAt: number | undefined
  readonly refreshes: number
}

export interface Visitor {
  readonly id: string
  readonly lastSeenAt: number
  readonly pending?: PendingSignIn
  readonly signedIn?: SignedIn
}

/** Raised where a page needs a person and there is none. */
export class NotSignedIn extends Error {}

// Not `__Host-`: that prefix needs HTTPS, and this runs on plain loopback HTTP. Behind HTTPS, name it `__Host-notes_printer` and add `Secure`.
const COOKIE = 'notes_printer'
const IDLE_LIMIT_MS = 8 * 60 * 60 * 1000
const GREATEST_NUMBER = 10_000

export class Visitors {
  readonly #byId = new Map<string, Visitor>()

  find(request: IncomingMessage): Visitor | undefined {
    const id = new RegExp(`(?:^|; )${COOKIE}=([\\w-]{43})(?:;|$)`).exec(request.headers.cookie ?? '')?.[1]
    const visitor = id === undefined ? undefined : this.#byId.get(id)
    return visitor !== undefined && Date.now() - visitor.lastSeenAt < IDLE_LIMIT_MS ? visitor : undefined
  }

  /** Keeps what is known under a new number (a number known before the sign-in is worth nothing after it) and forgets the old one. */
  renew(response: ServerResponse, old: Visitor | undefined, known: Pick<Visitor, 'pending' | 'signedIn'>): void {
    this.forget(old)
    const id = randomBytes(32).toString('base64url')
    this.#byId.set(id, { id, lastSeenAt: Date.now(), ...known })
    const oldest = this.#byId.keys().next().value
    if (this.#byId.size > GREATEST_NUMBER && oldest !== undefined) this.#byId.delete(oldest)
    // Lax, not Strict: the cookie must come along when the person is sent back from the sign-in, which is another site.
    response.setHeader('set-cookie', `${COOKIE}=${id}; Path=/; HttpOnly; SameSite=Lax`)
  }

  update(visitor: Visitor, signedIn: SignedIn): void {
    this.#byId.set(visitor.id, { id: visitor.id, lastSeenAt: Date.now(), signedIn })
  }

  forget(visitor: Visitor | undefined): void {
    if (visitor !== undefined) this.#byId.delete(visitor.id)
  }
}
