/** What pages tell of an application: from its registration, never from what a request says. */
import { type Client, isAssured, makerOf } from '@latchwork/oauth'
import type { ApplicationFacts, Maker } from '../pages/index.ts'
import type { Site } from './site.ts'

export async function applicationFactsOf(site: Site, client: Client): Promise<ApplicationFacts> {
  const { homepage, accountId } = client
  const { policyUri, termsUri } = client.settings
  const account = makerOf(client) === 'account' && accountId !== undefined ? await site.installation.store.accounts.findAccount(accountId) : undefined
  return {
    clientId: client.id,
    isVerified: isAssured(client),
    maker: shownMaker(client, account?.name),
    ...(homepage === undefined ? {} : { homepage }),
    ...(policyUri === undefined ? {} : { policy: policyUri }),
    ...(termsUri === undefined ? {} : { terms: termsUri }),
  }
}

export function shownMaker(client: Client, accountName: string | undefined): Maker {
  const kind = makerOf(client)
  if (kind !== 'account') return { kind }
  return { kind, name: accountName ?? client.accountId ?? '' }
}
