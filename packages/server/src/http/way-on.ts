/** Where a person goes on after signing in: a path of this site and nothing else, so that no link of ours leads away (open redirect). */
import { refuse } from '@latchwork/kernel'
import { addressRequest, parametersOf } from '@latchwork/oauth'
import { type AskedFor, paths, pathWith } from '../pages/index.ts'
import { logoOf, pagesOf } from './application-facts.ts'
import type { Site } from './site.ts'

const AUTHORIZE = '/authorize'
const KNOWN_PATHS = new Set<string>([AUTHORIZE, paths.account, paths.applications, paths.device, paths.keys, paths.signOut, paths.tokens])
/** Node takes 16 KB of request line and headers together; cookies and the browser's own headers need their part. */
const MAX_ADDRESS_LENGTH = 12_000

/** The path and query to go on with; the account page when there is none, or it is not one of ours. */
export function wayOn(text: string | null | undefined): string {
  if (text === null || text === undefined || text.length > MAX_ADDRESS_LENGTH || !/^\/[\x21-\x7e]*$/.test(text) || /^\/[/\\]/.test(text)) return paths.account
  const [path = ''] = text.split('?', 1)
  return KNOWN_PATHS.has(path) && !text.includes('#') ? text : paths.account
}

/**
 * The way through the sign-in page and back to an authorization request.
 * @throws Refusal `request_malformed` when it is too long an address, so that a request which cannot go that way is refused before anybody has typed a password.
 */
export function waySignIn(query: URLSearchParams, loginHint?: string): string {
  return checkAddressLength(pathWith(paths.signIn, { continue: `${AUTHORIZE}?${query}`, login_hint: loginHint }))
}

/** However an address this short is escaped on its way, every character of it becomes ten at most (`%25C3%25A9`), and there is room for the mark. */
export const SURELY_SHORT = 1100

/** @throws Refusal `request_malformed` for an address of ours that would not be understood when it comes back. */
export function checkAddressLength(address: string): string {
  if (address.length <= MAX_ADDRESS_LENGTH) return address
  return refuse('request_malformed', { detail: 'The request is too long: stay below 8000 characters, and send less that needs escaping.' })
}

/** The application behind the way on, for the page to name; `undefined` when there is none. */
export async function destinationOf(site: Site, way: string): Promise<AskedFor | undefined> {
  if (!way.startsWith(`${AUTHORIZE}?`)) return undefined
  try {
    const { client, redirectUri } = await addressRequest(site.installation.oauth, parametersOf(new URLSearchParams(way.slice(AUTHORIZE.length + 1))))
    return { applicationName: client.name, redirectUri, ...pagesOf(client), ...logoOf(site, client) }
  } catch {
    return undefined // /authorize itself will say what is wrong
  }
}
