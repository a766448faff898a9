/** Where a person goes on after signing in: a path of this site and nothing else, so that no link of ours leads away (open redirect). */
import { addressRequest, parametersOf } from '@latchwork/oauth'
import type { Destination } from '../pages/index.ts'
import { paths } from '../pages/index.ts'
import type { Site } from './site.ts'

const AUTHORIZE = '/authorize'
const KNOWN_PATHS = new Set<string>([AUTHORIZE, paths.account, paths.keys, paths.signOut])
const MAX_LENGTH = 8000

/** The path and query to go on with; the account page when there is none, or it is not one of ours. */
export function wayOn(text: string | null | undefined): string {
  if (text === null || text === undefined || text.length > MAX_LENGTH || !/^\/[\x21-\x7e]*$/.test(text) || /^\/[/\\]/.test(text)) return paths.account
  const [path = ''] = text.split('?', 1)
  return KNOWN_PATHS.has(path) && !text.includes('#') ? text : paths.account
}

/** The application behind the way on, for the page to name; `undefined` when there is none. */
export async function destinationOf(site: Site, way: string): Promise<Destination | undefined> {
  if (!way.startsWith(`${AUTHORIZE}?`)) return undefined
  try {
    const { client, redirectUri } = await addressRequest(site.installation.oauth, parametersOf(new URLSearchParams(way.slice(AUTHORIZE.length + 1))))
    return { applicationName: client.name, redirectUri }
  } catch {
    return undefined // /authorize itself will say what is wrong
  }
}
