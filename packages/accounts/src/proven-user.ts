/** A person who has just proved who they are. Only the `prove…` verbs of this package make one: a login session cannot be had for a user that was merely looked up. */
import type { User } from './store.ts'

declare const proof: unique symbol

export interface ProvenUser {
  readonly [proof]: true
  readonly user: User
  /** RFC 8176: `pwd`. */
  readonly methods: readonly string[]
  /** Epoch milliseconds. */
  readonly authenticatedAt: number
}

export function provenUser(user: User, methods: readonly string[], authenticatedAt: number): ProvenUser {
  return { user, methods, authenticatedAt } as unknown as ProvenUser
}
