/** What is known of who stands behind an application: people are told before they allow it anything. */
import type { Client } from '../store.ts'

/** Who made the registration. */
export type ApplicationMaker = 'itself' | 'account' | 'operators'

/** Whether an operator vouches for it. Nothing an application says of itself makes it so: anybody can register under any name (RFC 7591 §5). */
export function isAssured({ settings }: Pick<Client, 'settings'>): boolean {
  return settings.isAssured === true
}

/**
 * Whether an answer at this address reaches the client and nobody else: it has to prove itself for its tokens, or the address is the web's. A program without a secret, behind an address of
 * the person's own computer or a scheme that any program can claim, may be another that uses its name (RFC 8252 §8.6).
 */
export function reachesOnlyIt({ authenticationMethod }: Pick<Client, 'authenticationMethod'>, redirectUri: string): boolean {
  return authenticationMethod !== 'none' || redirectUri.startsWith('https://')
}

export function makerOf({ settings, accountId }: Pick<Client, 'settings' | 'accountId'>): ApplicationMaker {
  if (settings.isDynamic === true) return 'itself'
  return accountId === undefined ? 'operators' : 'account'
}
