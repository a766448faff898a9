/** Making refresh tokens: the first of a family and its successors. Only digests are stored (design, decision 3). */
import { hmacOf, type Secret, timedDigestOf, timedTokenOfBytes } from '@latchwork/kernel'
import type { NewRefreshToken } from './store.ts'

export interface RefreshLifetimes {
  /** A token not used for so long is over. */
  readonly idleMs: number
  /** However often it is refreshed, a grant is over after so long. */
  readonly absoluteMs: number
}

export interface MintedRefreshToken {
  readonly secret: Secret
  readonly record: NewRefreshToken
}

/**
 * The refresh token of one generation of a grant: HMAC-SHA-256 of both under the server's key, so that a retry that proves itself can be given the
 * same successor again without its text ever being stored.
 */
export function mintRefreshToken(
  successorKey: Buffer,
  grant: { readonly id: string; readonly createdAt: number },
  generation: number,
  lifetimes: RefreshLifetimes,
  now: number,
): MintedRefreshToken {
  const secret = timedTokenOfBytes('refresh_token', now, hmacOf(successorKey, `${grant.id} ${generation}`))
  const expiresAt = Math.min(now + lifetimes.idleMs, grant.createdAt + lifetimes.absoluteMs)
  return { secret, record: { digest: timedDigestOf(secret.reveal()), grantId: grant.id, generation, issuedAt: now, expiresAt } }
}
