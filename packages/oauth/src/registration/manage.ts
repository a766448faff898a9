/** A client reads, changes and ends its own registration (RFC 7592 §2), proven by its registration access token. */
import { isDeepStrictEqual } from 'node:util'
import { digestOf, type Origin, parseToken, refuse } from '@latchwork/kernel'
import { type ClientRequest, checkClient } from '../clients/check-client.ts'
import { disableClient, type Registrar } from '../clients/register-client.ts'
import { updateClient } from '../clients/update-client.ts'
import type { OAuth } from '../oauth.ts'
import type { Client } from '../store.ts'
import { hasSameNames } from '../tokens/subject.ts'
import { type Metadata, memberOf, readMetadata } from './read-metadata.ts'
import { readStatementAgain } from './software-statement.ts'
import { writeMetadata } from './write-metadata.ts'

export interface RegistrationOwner {
  readonly client: Client
  readonly registrationToken: string
}

/** Unknown token, another client's, a client that was disabled: one answer (5.3). @throws Refusal `credential_missing`, `credential_invalid`. */
export async function proveRegistration(oauth: OAuth, clientId: string, bearer: string | undefined): Promise<RegistrationOwner> {
  if (bearer === undefined) return refuse('credential_missing')
  const client = parseToken('registration_token', bearer) === undefined ? undefined : await oauth.store.findRegistration(digestOf(bearer))
  if (client === undefined || client.id !== clientId || client.disabledAt !== undefined)
    return refuse('credential_invalid', { reason: 'registration access token unknown, of another client, or of one that is disabled' })
  return { client, registrationToken: bearer }
}

export function readRegistration(oauth: OAuth, owner: RegistrationOwner): Readonly<Record<string, unknown>> {
  return writeMetadata(oauth, owner)
}

/**
 * Replaces the registration whole: what is left away has its default again (RFC 7592 §2.2), the software statement excepted. The profile stays as it was given; the operator's vouching ends with a change.
 * @throws Refusal `client_invalid`, `redirect_uri_invalid`, `statement_…`, `credential_invalid`.
 */
export async function replaceRegistration(
  oauth: OAuth,
  owner: RegistrationOwner,
  metadata: Metadata,
  origin: Origin,
  now: number,
): Promise<Readonly<Record<string, unknown>>> {
  const { client, registrationToken } = owner
  if (metadata['client_id'] !== client.id) return refuse('client_invalid', { detail: 'client_id must be that of the registration (RFC 7592 §2.2).' })
  await checkSecret(oauth, client, memberOf(metadata, 'client_secret'), now)
  const statement = await readStatementAgain(oauth, client.settings.softwareStatement, metadata['software_statement'] ?? undefined, now)
  const askedOf = (before: Client) => readMetadata(oauth, metadata, statement, statement !== undefined || before.grantTypes.includes('client_credentials'))
  const registrar: Registrar = { kind: 'client', id: client.id, origin }
  const updated = await updateClient(oauth, client.id, (before) => byItsOwner(oauth, before, underOperator(before, askedOf(before))), registrar, now)
  return writeMetadata(oauth, { ...updated, registrationToken })
}

/** What an operator has set since stays: a client cannot make itself assured, nor less watched. */
function underOperator({ profile, environment, accountId, audiences, settings }: Client, asked: ClientRequest): ClientRequest {
  const { isAssured, retryWindowSeconds, requireState, idTokenScopeClaims, mostScopes } = settings
  return {
    ...asked,
    ...(mostScopes === undefined ? {} : { scopes: withinMost(asked.scopes ?? [], mostScopes) }),
    profile: asked.authenticationMethod === 'none' ? 'oauth21' : profile,
    environment,
    audiences: audiences.length === 0 && mostScopes === undefined ? (asked.audiences ?? []) : audiences,
    ...(accountId === undefined ? {} : { accountId }),
    settings: {
      ...asked.settings,
      ...(isAssured === undefined ? {} : { isAssured }),
      ...(retryWindowSeconds === undefined ? {} : { retryWindowSeconds }),
      ...(requireState === undefined ? {} : { requireState }),
      ...(idTokenScopeClaims === undefined ? {} : { idTokenScopeClaims }),
      ...(mostScopes === undefined ? {} : { mostScopes }),
    },
  }
}

/**
 * What is made of a change that an application, or its developer, asks for. An operator vouches for an application as it is: with the first change that ends. Nobody it knows gets
 * another name by it: a refresh must tell the same `sub` as the sign-in (OpenID Connect Core §12.2), and codes go to a host, so that only its owner learns how people are called
 * there. One that could move to the host with the grants it has would learn it too (§8.1).
 * @throws Refusal `client_invalid`, and those of `checkClient`.
 */
export function byItsOwner(oauth: OAuth, before: Client, request: ClientRequest): ClientRequest {
  const after = checkClient(oauth, before, request)
  if (!hasSameNames(before, after))
    return refuse('client_invalid', {
      detail:
        'People would be called otherwise (sub) at the client: keep subject_type and, for pairwise, the device grant or its absence and the host of sector_identifier_uri or of the redirect URIs; or register anew.',
    })
  if (before.settings.isAssured !== true || isDeepStrictEqual(after, before)) return request
  const { isAssured: _, ...settings } = request.settings ?? {}
  return { ...request, settings }
}

/** As at policy: who asks for nothing of it gets all of it. */
function withinMost(asked: readonly string[], most: readonly string[]): readonly string[] {
  const left = asked.filter((scope) => most.includes(scope))
  return left.length === 0 ? most : left
}

/** RFC 7592 §2.2: a secret may be sent, and must then be the current one; it cannot be chosen. */
async function checkSecret(oauth: OAuth, client: Client, sent: unknown, now: number): Promise<void> {
  if (sent === undefined) return
  const found = await oauth.store.findClient(client.id)
  const isKnown =
    typeof sent === 'string' && found?.secrets.some(({ digest, expiresAt }) => digest === digestOf(sent) && (expiresAt === undefined || now < expiresAt))
  if (isKnown !== true) refuse('client_invalid', { detail: 'client_secret must be the current one, or left away (RFC 7592 §2.2).' })
}

/** Ends the client, and every grant and token under it (RFC 7592 §2.3). @throws Refusal `not_found` when it was ended meanwhile. */
export async function endRegistration(oauth: OAuth, { client }: RegistrationOwner, origin: Origin, now: number): Promise<void> {
  await disableClient(oauth, client.id, { kind: 'client', id: client.id, origin }, now)
}
