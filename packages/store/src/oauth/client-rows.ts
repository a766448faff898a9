/** Clients and consents as rows. */
import type { Client, Consent } from '@latchwork/oauth'
import { jsonOf, present, wordsOf } from '../columns.ts'
import type { Flag, Json } from '../tables.ts'

export const clientColumns = [
  'clients.seq as seq',
  'clients.id as id',
  'clients.name as name',
  'clients.profile as profile',
  'clients.application_type as applicationType',
  'clients.authentication_method as authenticationMethod',
  'clients.environment as environment',
  'clients.redirect_uris as redirectUris',
  'clients.grant_types as grantTypes',
  'clients.scopes as scopes',
  'clients.audiences as audiences',
  'clients.homepage as homepage',
  'clients.account_id as accountId',
  'clients.created_at as createdAt',
  'clients.disabled_at as disabledAt',
  'clients.settings as settings',
  'clients.owner_id as ownerId',
] as const

export interface ClientRow {
  readonly seq: number
  readonly id: string
  readonly name: string
  readonly profile: string
  readonly applicationType: string
  readonly authenticationMethod: string
  readonly environment: Client['environment']
  readonly redirectUris: Json
  readonly grantTypes: Json
  readonly scopes: Json
  readonly audiences: Json
  readonly homepage: string | null
  readonly accountId: string | null
  readonly createdAt: number
  readonly disabledAt: number | null
  readonly settings: Json
  readonly ownerId: string | null
}

export function clientOf(row: ClientRow): Client {
  return {
    id: row.id,
    name: row.name,
    profile: row.profile as Client['profile'],
    applicationType: row.applicationType as Client['applicationType'],
    authenticationMethod: row.authenticationMethod as Client['authenticationMethod'],
    environment: row.environment,
    redirectUris: wordsOf(row.redirectUris),
    grantTypes: wordsOf(row.grantTypes),
    scopes: wordsOf(row.scopes),
    audiences: wordsOf(row.audiences),
    createdAt: row.createdAt,
    settings: JSON.parse(row.settings) as Client['settings'],
    ...present({ homepage: row.homepage, accountId: row.accountId, disabledAt: row.disabledAt, ownerId: row.ownerId }),
  }
}

/** What a declaration may change. */
export function clientSettings(client: Client) {
  return {
    name: client.name,
    profile: client.profile,
    application_type: client.applicationType,
    authentication_method: client.authenticationMethod,
    environment: client.environment,
    redirect_uris: jsonOf(client.redirectUris),
    grant_types: jsonOf(client.grantTypes),
    scopes: jsonOf(client.scopes),
    audiences: jsonOf(client.audiences),
    homepage: client.homepage ?? null,
    account_id: client.accountId ?? null,
    settings: jsonOf(client.settings),
  }
}

export const consentColumns = [
  'consents.id as id',
  'consents.user_id as userId',
  'consents.client_id as clientId',
  'consents.scopes as scopes',
  'consents.audience as audience',
  'consents.given_at as givenAt',
  'consents.profile_is_whole as profileIsWhole',
] as const

export interface ConsentRow {
  readonly id: string
  readonly userId: string
  readonly clientId: string
  readonly scopes: Json
  readonly audience: Json
  readonly givenAt: number
  readonly profileIsWhole: Flag | null
}

export function consentOf({ id, userId, clientId, scopes, audience, givenAt, profileIsWhole }: ConsentRow): Consent {
  return { id, userId, clientId, scopes: wordsOf(scopes), audience: wordsOf(audience), givenAt, ...(profileIsWhole === 1 ? { profileIsWhole: true } : {}) }
}
