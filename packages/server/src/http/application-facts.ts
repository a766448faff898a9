/** What pages tell of an application: from its registration, never from what a request says. */
import { hash } from 'node:crypto'
import { type Client, isAssured, makerOf, shownLogoUri } from '@latchwork/oauth'
import { type ApplicationFacts, type Maker, paths, pathWith } from '../pages/index.ts'
import type { Site } from './site.ts'

export async function applicationFactsOf(site: Site, client: Client): Promise<ApplicationFacts> {
  const { homepage, accountId } = client
  const account = makerOf(client) === 'account' && accountId !== undefined ? await site.installation.store.accounts.findAccount(accountId) : undefined
  return {
    clientId: client.id,
    isVerified: isAssured(client),
    maker: shownMaker(client, account?.name),
    ...(homepage === undefined ? {} : { homepage }),
    ...pagesOf(client),
    ...logoOf(site, client),
  }
}

export function pagesOf({ settings: { policyUri, termsUri } }: Client): Pick<ApplicationFacts, 'policy' | 'terms'> {
  return { ...(policyUri === undefined ? {} : { policy: policyUri }), ...(termsUri === undefined ? {} : { terms: termsUri }) }
}

/** Where the logo is, if people may be shown one. The path is another for another address, so that no browser shows one that it kept. Nothing is waited for. */
export function logoOf({ installation: { logos } }: Site, client: Client): Pick<ApplicationFacts, 'logo'> {
  const uri = shownLogoUri(client)
  if (uri === undefined || logos.hasFailed(client)) return {}
  return { logo: pathWith(paths.applicationLogo.replace(':clientId', client.id), { v: hash('sha256', uri, 'hex').slice(0, 16) }) }
}

export function shownMaker(client: Client, accountName: string | undefined): Maker {
  const kind = makerOf(client)
  if (kind !== 'account') return { kind }
  return { kind, name: accountName ?? client.accountId ?? '' }
}
