/** Where a credential may travel: https, or this machine. */
import { isIP } from 'node:net'
import { ClientFailure } from './failure.ts'

export function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'))
}

/** @throws ClientFailure `address_refused` for plain http beyond this machine, a user name or password in the address, or no address at all. */
export function checkAddress(text: string | URL): URL {
  if (!URL.canParse(String(text))) throw new ClientFailure('address_refused', 'That is no address.', 'Write it whole: https://api.example.com/things.')
  const url = new URL(text)
  if (url.username !== '' || url.password !== '')
    throw new ClientFailure('address_refused', 'The address holds a user name or password.', 'Give the address alone, and keep the credential in a profile.')
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url))) return url
  throw new ClientFailure(
    'address_refused',
    `${url.origin} is not https: what is sent there can be read on the way.`,
    'Use its https address. Plain http is taken for this machine alone.',
  )
}

/** The origin a profile's credential may be sent to: scheme, host and port, nothing behind them. */
export function checkOrigin(text: string): string {
  const url = checkAddress(text)
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '')
    throw new ClientFailure('address_refused', `${text} is more than an origin.`, `Write ${url.origin}: a credential goes to a whole origin or not at all.`)
  return url.origin
}
