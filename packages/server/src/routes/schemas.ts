/** Shapes of the management API on the wire: they check requests, strip answers, and make openapi.json. Times are ISO 8601. */
import type { ManagementScope } from '@latchwork/api-keys'
import { type TProperties, type TSchema, Type } from 'typebox'

const Scope = Type.String({ minLength: 1, maxLength: 128, pattern: '^[!#-\\[\\]-~]+$' }) // RFC 6749 appendix A.4
export const Scopes = Type.Array(Scope, { maxItems: 64 })
export const Time = Type.String({ description: 'ISO 8601, UTC.', maxLength: 40 })
export const Environment = Type.Union([Type.Literal('live'), Type.Literal('test')])

export function closed<T extends TProperties>(properties: T) {
  return Type.Object(properties, { additionalProperties: false })
}

export const PageQuery = {
  after: Type.Optional(Type.String({ maxLength: 200, description: 'What the page before gave as next.' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, description: '50 unless said otherwise.' })),
}

export function pageOf<T extends TSchema>(item: T) {
  return Type.Object({ items: Type.Array(item), next: Type.Optional(Type.String()) })
}

export const NoContent = Type.Null({ description: 'Done.' })

/** A route's protection and what the OpenAPI document says of it: from one word, so that they cannot differ. */
export function guarded<S extends object>(scope: ManagementScope, schema: S) {
  return { config: { guard: { scope } }, schema: { ...schema, security: [{ rootKey: [] }], description: `Needs a root key with the scope \`${scope}\`.` } }
}

export const RootKeyRequest = closed({ name: Type.String({ maxLength: 200 }), scopes: Scopes })
export const RootKeyShape = Type.Object({ id: Type.String(), name: Type.String(), scopes: Scopes, fingerprint: Type.String(), createdAt: Time })

const GrantType = Type.Union([
  Type.Literal('authorization_code'),
  Type.Literal('refresh_token'),
  Type.Literal('client_credentials'),
  Type.Literal('urn:ietf:params:oauth:grant-type:device_code'),
])
const AuthenticationMethod = Type.Union([Type.Literal('none'), Type.Literal('client_secret_basic'), Type.Literal('client_secret_post')])
const Uri = Type.String({ maxLength: 2000 })

export const ClientRequest = closed({
  name: Type.String({ maxLength: 200 }),
  applicationType: Type.Optional(Type.Union([Type.Literal('web'), Type.Literal('native')])),
  authenticationMethod: Type.Optional(AuthenticationMethod),
  environment: Type.Optional(Environment),
  redirectUris: Type.Optional(Type.Array(Uri, { maxItems: 50 })),
  grantTypes: Type.Optional(Type.Array(GrantType, { maxItems: 10 })),
  scopes: Type.Optional(Scopes),
  audiences: Type.Optional(Type.Array(Uri, { maxItems: 20 })),
  homepage: Type.Optional(Uri),
  accountId: Type.Optional(Type.String({ maxLength: 64 })),
})

export const ClientShape = Type.Object({
  id: Type.String(),
  name: Type.String(),
  profile: Type.String(),
  applicationType: Type.String(),
  authenticationMethod: AuthenticationMethod,
  environment: Environment,
  redirectUris: Type.Array(Uri),
  grantTypes: Type.Array(GrantType),
  scopes: Scopes,
  audiences: Type.Array(Uri),
  homepage: Type.Optional(Uri),
  accountId: Type.Optional(Type.String()),
  createdAt: Time,
})

export const EventShape = Type.Object({
  id: Type.String(),
  type: Type.String(),
  at: Time,
  actor: Type.Object({ kind: Type.String(), id: Type.Optional(Type.String()) }),
  address: Type.Optional(Type.String()),
  userAgent: Type.Optional(Type.String()),
  accountId: Type.Optional(Type.String()),
  userId: Type.Optional(Type.String()),
  clientId: Type.Optional(Type.String()),
  sessionId: Type.Optional(Type.String()),
  grantId: Type.Optional(Type.String()),
  credentialId: Type.Optional(Type.String()),
  fingerprint: Type.Optional(Type.String()),
  reason: Type.Optional(Type.String()),
  data: Type.Optional(Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()]))),
})
