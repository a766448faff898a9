/** What is known of who stands behind an application: people are told before they allow it anything. */
import type { Client } from '../store.ts'

/** Who made the registration. */
export type ApplicationMaker = 'itself' | 'account' | 'operators'

/** Whether an operator vouches for it. Nothing an application says of itself makes it so: anybody can register under any name (RFC 7591 §5). */
export function isAssured({ settings }: Pick<Client, 'settings'>): boolean {
  return settings.isAssured === true
}

/** Where the logo is that people may be shown: of an application that is vouched for and alive. A stranger must not borrow a bank's. */
export function shownLogoUri(client: Pick<Client, 'settings' | 'disabledAt'>): string | undefined {
  return isAssured(client) && client.disabledAt === undefined ? client.settings.logoUri : undefined
}

export function makerOf({ settings, accountId }: Pick<Client, 'settings' | 'accountId'>): ApplicationMaker {
  if (settings.isDynamic === true) return 'itself'
  return accountId === undefined ? 'operators' : 'account'
}
