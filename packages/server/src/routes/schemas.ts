/** Shapes of the management API on the wire: they check requests, strip answers, and make openapi.json. Times are ISO 8601. */
import type { ManagementScope } from '@latchwork/api-keys'
import { type TProperties, type TSchema, Type } from '../json-schema.ts'

const Scope = Type.String({ minLength: 1, maxLength: 128, pattern: '^[!#-\\[\\]-~]+$' }) // RFC 6749 appendix A.4
export const Scopes = Type.Array(Scope, { maxItems: 64 })
export const Name = Type.String({ minLength: 1, maxLength: 100, description: '1 to 100 visible characters, and no credential.' })
export const Time = Type.String({ format: 'date-time', description: 'ISO 8601, UTC.', maxLength: 40 })
/** A time, and of what. */
export const timeThat = (description: string) => Type.String({ format: 'date-time', description: `${description} ISO 8601, UTC.`, maxLength: 40 })
export const Environment = Type.Enum(['live', 'test'], { title: 'Environment' })

/** @param options `title`: the name of the shape for generated clients, one for each. */
export function closed<T extends TProperties>(properties: T, options: { readonly title?: string } = {}) {
  return Type.Object(properties, { additionalProperties: false, ...options })
}

export const PageQuery = {
  after: Type.Optional(Type.String({ maxLength: 200, description: 'What the page before gave as next.' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, description: '50 unless said otherwise.' })),
}

export function pageOf<T extends TSchema>(item: T) {
  const { title } = item as { readonly title?: string }
  const properties = {
    items: Type.Array(item),
    next: Type.Optional(
      Type.String({
        description: 'There may be more: hand it in as after. A page that was filtered may hold fewer items than limit, even none, and have a next.',
      }),
    ),
  }
  return Type.Object(properties, title === undefined ? {} : { title: `${title}Page` })
}

export const NoContent = Type.Null({ description: 'Done.' })

/** A route's protection and what the OpenAPI document says of it: from one word, so that they cannot differ. */
export function guarded<S extends object>(scope: ManagementScope, schema: S) {
  return { config: { guard: { scope } }, schema: { ...schema, security: [{ rootKey: [] }], description: `Needs a root key with the scope \`${scope}\`.` } }
}

/** The same for what a person does about what is their own. A bearer token is sent by no browser on its own, so another site can forge no such call. */
export function ofPerson<S extends object>(schema: S) {
  const description = 'Needs the access token of a session: for the person it stands for, about what is their own.'
  return { config: { guard: { person: true as const } }, schema: { ...schema, security: [{ session: [] }], description } }
}

export const RootKeyRequest = closed({ name: Name, scopes: Scopes }, { title: 'RootKeyRequest' })
export const RootKeyShape = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    scopes: Scopes,
    fingerprint: Type.String(),
    createdAt: Time,
    revokedAt: Type.Optional(Time),
  },
  { title: 'RootKey' },
)

export const EventShape = Type.Object(
  {
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
  },
  { title: 'Event' },
)
