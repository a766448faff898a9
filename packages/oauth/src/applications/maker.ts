/** What is known of who stands behind an application: people are told before they allow it anything. */
import type { OAuth } from '../oauth.ts'
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

/** Where the logo is that people may be shown: of an application that is vouched for and alive. A stranger must not borrow a bank's. */
export function shownLogoUri(client: Pick<Client, 'settings' | 'disabledAt'>): string | undefined {
  return isAssured(client) && client.disabledAt === undefined ? client.settings.logoUri : undefined
}

/** Whether anybody at all could have registered the address that an answer goes to: by open registration, or as a developer's own application. */
export function couldBeAnybodys({ registration }: Pick<OAuth, 'registration'>, client: Pick<Client, 'settings' | 'ownerId'>): boolean {
  if (isAssured(client)) return false
  return client.ownerId !== undefined || (client.settings.isDynamic === true && registration.mode === 'open')
}

export function makerOf({ settings, accountId }: Pick<Client, 'settings' | 'accountId'>): ApplicationMaker {
  if (settings.isDynamic === true) return 'itself'
  return accountId === undefined ? 'operators' : 'account'
}
