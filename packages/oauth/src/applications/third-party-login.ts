/** Sign-in at an application that is begun here (OpenID Connect Core §4). */
import type { Client } from '../store.ts'

/** The address to open, with `iss` and nothing about the person: the application asks for that. `undefined` where the application has none. */
export function thirdPartyLogin(issuer: string, { settings: { initiateLoginUri: uri } }: Pick<Client, 'settings'>): string | undefined {
  return uri === undefined ? undefined : `${uri}${uri.includes('?') ? '&' : '?'}${new URLSearchParams({ iss: issuer })}`
}
