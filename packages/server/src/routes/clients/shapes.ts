/** Shapes of clients on the wire of the management API. */
import { authenticationMethodNames, type Client, type ClientSettings, grantTypes, profileNames, type RegisteredClient } from '@latchwork/oauth'
import { type Static, Type } from '../../json-schema.ts'
import { closed, Environment, Name, Scopes, Time } from '../schemas.ts'

const oneOf = <const V extends string>(values: readonly V[], title: string) => Type.Unsafe<V>(Type.Enum([...values], { title }))
const AuthenticationMethod = oneOf(authenticationMethodNames, 'AuthenticationMethod')
const GrantType = oneOf(grantTypes, 'GrantType')
const Uri = Type.String({ maxLength: 2000 })
const Settings = Type.Unsafe<Readonly<Record<string, unknown>>>(
  Type.Record(Type.String(), Type.Unknown(), { description: 'Further settings by name; the guide to clients lists them.' }),
)

const changeable = {
  profile: Type.Optional(oneOf(profileNames, 'ClientProfile')),
  applicationType: Type.Optional(oneOf(['web', 'native'], 'ApplicationType')),
  authenticationMethod: Type.Optional(AuthenticationMethod),
  redirectUris: Type.Optional(Type.Array(Uri, { maxItems: 50 })),
  grantTypes: Type.Optional(Type.Array(GrantType, { maxItems: 10 })),
  scopes: Type.Optional(Scopes),
  audiences: Type.Optional(Type.Array(Uri, { maxItems: 20 })),
  homepage: Type.Optional(Uri),
  settings: Type.Optional(Settings),
}

export const ClientRequest = closed(
  {
    name: Name,
    ...changeable,
    environment: Type.Optional(Environment),
    accountId: Type.Optional(Type.String({ maxLength: 64 })),
  },
  { title: 'ClientRequest' },
)
export const ClientChange = closed({ name: Type.Optional(Name), ...changeable }, { title: 'ClientChanges' })

export const ClientShape = Type.Object(
  {
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
    ownerId: Type.Optional(Type.String()),
    settings: Settings,
    createdAt: Time,
    disabledAt: Type.Optional(Time),
  },
  { title: 'Client' },
)

export const MadeClient = Type.Object(
  { client: ClientShape, secret: Type.Optional(Type.String({ description: 'Shown here alone.' })) },
  { title: 'MadeClient' },
)
export const ClientParams = Type.Object({ id: Type.String({ maxLength: 128 }) })

export const SecretRollRequest = closed(
  {
    overlapSeconds: Type.Optional(Type.Integer({ minimum: 0, maximum: 604_800, description: 'How long the secret before lives on; a day unless said.' })),
    endsOlder: Type.Optional(Type.Boolean({ description: 'A secret that is in its overlap already ends now.' })),
  },
  { title: 'SecretRoll' },
)
export const RolledSecretShape = Type.Object(
  {
    clientId: Type.String(),
    secret: Type.Optional(Type.String({ description: 'Shown here alone.' })),
    formerEndsAt: Time,
  },
  { title: 'RolledSecret' },
)

export function shapeOfClient(client: Client): Static<typeof ClientShape> {
  const { redirectUris, grantTypes: types, scopes, audiences, createdAt, disabledAt, settings, ...rest } = client
  return {
    ...rest,
    redirectUris: [...redirectUris],
    grantTypes: [...types],
    scopes: [...scopes],
    audiences: [...audiences],
    settings: settings as Readonly<Record<string, unknown>>,
    createdAt: new Date(createdAt).toISOString(),
    ...(disabledAt === undefined ? {} : { disabledAt: new Date(disabledAt).toISOString() }),
  }
}

export function shapeOfMade({ client, secret }: RegisteredClient): Static<typeof MadeClient> {
  return { client: shapeOfClient(client), ...(secret === undefined ? {} : { secret: secret.reveal() }) }
}

/** As the core takes it: settings are checked there, by their table. */
export function settingsOf<T extends { readonly settings?: Readonly<Record<string, unknown>> }>({
  settings,
  ...rest
}: T): Omit<T, 'settings'> & { readonly settings?: ClientSettings } {
  return { ...rest, ...(settings === undefined ? {} : { settings: settings as ClientSettings }) }
}
