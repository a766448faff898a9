/** Where an answer will be sent, in words. Derived from the redirect URI itself, never from what an application says of itself. */
import { type Html, html } from './html.ts'

export interface Destination {
  readonly applicationName: string
  /** The redirect URI the answer goes to. */
  readonly redirectUri: string
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

/** Whether the answer goes to a program on the person's own computer (RFC 8252 §7.3): any program there can claim any name. */
export function isLoopback(redirectUri: string): boolean {
  return LOOPBACK.test(URL.parse(redirectUri)?.hostname ?? '')
}

/** Host and port of a web address; the scheme of an address that only an installed application opens (RFC 8252 §7.1). */
export function hostOf(redirectUri: string): string {
  const url = URL.parse(redirectUri)
  if (url === null) return 'an unreadable address'
  return url.host === '' ? url.protocol : url.host
}

const LONG_NAME = 32

/** Whether a button with this name on it needs the whole width to be read. */
export function isLongName(name: string): boolean {
  return name.length > LONG_NAME
}

/** A name that strangers chose: set apart, so that its direction of writing cannot touch what stands beside it. */
export function nameOf(name: string): Html {
  return html`<bdi class="name">${name}</bdi>`
}

/** “Acme at acme.example”, or the application on this device that opens a scheme. */
export function destinationWords(destination: Destination): Html {
  const host = html`<bdi class="host" dir="ltr">${hostOf(destination.redirectUri)}</bdi>`
  const isScheme = hostOf(destination.redirectUri).endsWith(':')
  return isScheme
    ? html`${nameOf(destination.applicationName)}, the application on this device that opens ${host} addresses`
    : html`${nameOf(destination.applicationName)} at ${host}`
}
