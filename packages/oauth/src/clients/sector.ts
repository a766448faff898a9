/** Sector identifiers (OpenID Connect Registration §5): the document must list every redirect URI of the client. */
import { parseStrictJson, refuse } from '@latchwork/kernel'
import type { OAuth } from '../oauth.ts'
import type { Client } from '../store.ts'

/** @throws Refusal `client_invalid`. */
export async function checkSector(oauth: Pick<OAuth, 'fetchDocument'>, { settings, redirectUris }: Client): Promise<void> {
  const { sectorIdentifierUri } = settings
  if (sectorIdentifierUri === undefined) return
  const fetched = await oauth.fetchDocument(sectorIdentifierUri)
  if ('failed' in fetched)
    return refuse('client_invalid', { detail: 'sector_identifier_uri could not be read: it must answer 200 with JSON over https.', reason: fetched.failed })
  const listed = parseStrictJson(fetched.body)
  if (!Array.isArray(listed) || !listed.every((entry) => typeof entry === 'string'))
    return refuse('client_invalid', { detail: 'sector_identifier_uri does not lead to a JSON array of redirect URIs.' })
  if (!redirectUris.every((uri) => listed.includes(uri)))
    return refuse('client_invalid', { detail: 'sector_identifier_uri does not list every redirect URI of the client (OpenID Connect Registration §5).' })
}
