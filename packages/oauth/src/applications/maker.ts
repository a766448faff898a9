/** What is known of who stands behind an application: people are told before they allow it anything. */
import type { Client } from '../store.ts'

/** Who made the registration. */
export type ApplicationMaker = 'itself' | 'account' | 'operators'

/** Whether an operator vouches for it. Nothing an application says of itself makes it so: anybody can register under any name (RFC 7591 §5). */
export function isAssured({ settings }: Pick<Client, 'settings'>): boolean {
  return settings.isAssured === true
}

export function makerOf({ settings, accountId }: Pick<Client, 'settings' | 'accountId'>): ApplicationMaker {
  if (settings.isDynamic === true) return 'itself'
  return accountId === undefined ? 'operators' : 'account'
}
