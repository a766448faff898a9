/** What a registered client is told of itself (RFC 7591 §3.2.1, RFC 7592 §3). */
import type { Secret } from '@latchwork/kernel'
import { certificateNames, settingNames, settingRows } from '../clients/setting-rows.ts'
import type { OAuth } from '../oauth.ts'
import type { Client, Encryption } from '../store.ts'

export interface Shown {
  readonly client: Client
  /** Only when it was just minted. */
  readonly secret?: Secret
  readonly registrationToken: string
}

export function writeMetadata(oauth: OAuth, { client, secret, registrationToken }: Shown): Readonly<Record<string, unknown>> {
  return {
    client_id: client.id,
    client_id_issued_at: Math.floor(client.createdAt / 1000),
    ...(secret === undefined ? {} : { client_secret: secret.reveal(), client_secret_expires_at: 0 }),
    registration_access_token: registrationToken,
    registration_client_uri: `${oauth.issuer}/register/${client.id}`,
    client_name: client.name,
    application_type: client.applicationType,
    token_endpoint_auth_method: client.authenticationMethod,
    redirect_uris: client.redirectUris,
    grant_types: client.grantTypes,
    response_types: client.grantTypes.includes('authorization_code') ? ['code'] : [],
    scope: client.scopes.join(' '),
    ...(client.homepage === undefined ? {} : { client_uri: client.homepage }),
    ...writeSettings(client),
    ...(client.settings.softwareStatement === undefined ? {} : { software_statement: client.settings.softwareStatement }), // RFC 7591 §3.2.1: unmodified
  }
}

function writeSettings({ settings }: Client): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    settingNames.flatMap((name): readonly (readonly [string, unknown])[] => {
      const { wire, shape } = settingRows[name]
      const value = settings[name]
      const [first, second] = wire ?? []
      if (first === undefined || value === undefined) return []
      if (shape.kind === 'certificate') {
        const { by, value: found } = value as NonNullable<Client['settings']['tlsClientAuth']>
        return [[wire?.[certificateNames.indexOf(by)] ?? first, found]]
      }
      if (shape.kind === 'encryption' && second !== undefined)
        return [
          [first, (value as Encryption).alg],
          [second, (value as Encryption).enc],
        ]
      return [[first, value]]
    }),
  )
}
