/** The shapes of what a configuration file may declare. A `description` is the mend: the sentence an operator reads when the value does not fit. */
import { signingAlgorithms } from '@latchwork/signing'
import { type Static, Type } from '../json-schema.ts'
import { ProfileShape } from '../profile-shape.ts'

const closed = { additionalProperties: false } as const
const SCOPE = '^[\\x21\\x23-\\x5b\\x5d-\\x7e]{1,128}$' // RFC 6749 appendix A.4
const DIGEST = '^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$' // 32 bytes, base64url, no spare bits

const id = (example: string) =>
  Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$', description: `Give an id of 1 to 64 letters, digits, ".", "_" or "-", such as ${example}.` })
const name = (of: string) => Type.String({ minLength: 1, maxLength: 100, description: `Give ${of} a name of 1 to 100 characters.` })
const scope = Type.String({ pattern: SCOPE, description: 'Give a scope as one word, such as notes:read.' })
const digest = Type.String({ pattern: DIGEST, description: 'Give a SHA-256 digest in base64url (43 characters), as `latchwork generate` prints it.' })
const oneOf = <const V extends readonly string[]>(values: V) =>
  Type.Unsafe<V[number]>(
    Type.Union(
      values.map((value) => Type.Literal(value)),
      { description: `Use one of: ${values.join(', ')}.` },
    ),
  )

const reference = Type.Union([Type.Object({ file: Type.String({ minLength: 1 }) }, closed), Type.Object({ env: Type.String({ minLength: 1 }) }, closed)], {
  description: "Give a reference: { file: '/run/secrets/…' } or { env: 'NAME' }.",
})

export const apiSchema = Type.Object(
  {
    identifier: Type.String({
      minLength: 1,
      maxLength: 2000,
      description: "Give the API's identifier, an absolute address without fragment, such as https://api.example.com (RFC 8707 §2).",
    }),
    name: name('the API'),
    scopes: Type.Array(
      Type.Object(
        {
          name: scope,
          description: Type.String({
            minLength: 1,
            maxLength: 200,
            description: 'Say in a short sentence what the scope allows: people read it before they agree.',
          }),
          publishable: Type.Optional(Type.Boolean({ description: 'Say true if anybody who reads a web page may have this scope, else leave it away.' })),
        },
        { ...closed, description: "Give each scope as { name: 'notes:read', description: 'Read your notes' }." },
      ),
      { maxItems: 64, description: 'Give up to 64 scopes.' },
    ),
    firstParty: Type.Optional(Type.Boolean({ description: 'Say true if your own front ends call this API with session tokens, else false.' })),
    tokenFormat: Type.Optional(oneOf(['opaque', 'jwt'])),
    tokenSigningAlg: Type.Optional(oneOf(signingAlgorithms)),
    accessTokenLifetimeSeconds: Type.Optional(Type.Integer({ minimum: 60, maximum: 86_400, description: 'Give between 1 minute (60) and 1 day (86400).' })),
    unsafeLongAccessTokens: Type.Optional(
      Type.Object(
        { reason: Type.String({ minLength: 10, maxLength: 500, description: 'Write the reason in a sentence; it is logged at every start.' }) },
        { ...closed, description: "Give { reason: '…' }: why JWTs for this API must live longer than 900 seconds." },
      ),
    ),
    introspectionClients: Type.Optional(
      Type.Array(Type.String(), { maxItems: 20, description: 'List the ids of confidential clients that are this API itself and may introspect its tokens.' }),
    ),
  },
  { ...closed, description: 'Declare an API as { identifier, name, scopes }.' },
)

export const clientSchema = Type.Object(
  {
    id: id('notes-app'),
    name: name('the client'),
    redirectUris: Type.Optional(Type.Array(Type.String(), { maxItems: 50, description: 'List the redirect URIs as texts.' })),
    grantTypes: Type.Optional(
      Type.Array(oneOf(['authorization_code', 'refresh_token', 'client_credentials', 'urn:ietf:params:oauth:grant-type:device_code']), {
        minItems: 1,
        description: 'List at least one grant type.',
      }),
    ),
    scopes: Type.Optional(Type.Array(scope, { maxItems: 64, description: 'List the scopes the client may ask for.' })),
    audiences: Type.Optional(Type.Array(Type.String(), { maxItems: 50, description: 'List the identifiers of declared APIs.' })),
    authenticationMethod: Type.Optional(
      oneOf(['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt', 'tls_client_auth', 'self_signed_tls_client_auth']),
    ),
    secretDigests: Type.Optional(Type.Array(digest, { maxItems: 5, description: 'List up to 5 digests of the secrets that are good now.' })),
    secret: Type.Optional(reference),
    applicationType: Type.Optional(oneOf(['web', 'native'])),
    environment: Type.Optional(oneOf(['live', 'test'])),
    homepage: Type.Optional(Type.String({ description: 'Give the http(s) address where people can read about the application.' })),
    accountId: Type.Optional(id('acc_acme')),
    profile: Type.Optional(oneOf(['oauth21', 'oidc-compat'])),
    settings: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), { description: 'Give further settings by name, such as { logoUri: … }: the guide to clients lists them.' }),
    ),
  },
  { ...closed, description: 'Declare a client as { id, name, redirectUris, … }.' },
)

const PHC = '^\\$argon2id\\$v=19\\$m=\\d+,t=\\d+,p=\\d+\\$[A-Za-z0-9+/]+\\$[A-Za-z0-9+/]+$'

export const userSchema = Type.Object(
  {
    email: Type.String({ minLength: 3, maxLength: 254, description: 'Give an e-mail address such as ada@example.com.' }),
    name: Type.Optional(name('the person')),
    passwordHash: Type.Union([Type.String({ pattern: PHC }), reference], {
      description: 'Give an Argon2id hash, made by `latchwork users hash-password`, or a reference to one; never the password.',
    }),
    profile: Type.Optional(ProfileShape),
    operator: Type.Optional(Type.Boolean({ description: 'Say true if the person runs this server, else false.' })),
  },
  { ...closed, description: 'Declare a person as { email, passwordHash }.' },
)

export const accountSchema = Type.Object({ id: id('acc_acme'), name: name('the account') }, { ...closed, description: 'Declare an account as { id, name }.' })

export const rootKeySchema = Type.Object(
  {
    digest,
    scopes: Type.Array(scope, { minItems: 1, maxItems: 64, description: 'List the scopes of the key, such as keys:write; *:* is all of them.' }),
    name: name('the root key'),
  },
  { ...closed, description: 'Declare a root key as { digest, scopes, name }; `latchwork generate root-key` prints a key and its digest.' },
)

export const roleSchema = Type.Object(
  {
    name: id('deployer'),
    scopes: Type.Array(scope, { minItems: 1, maxItems: 64, description: 'List the scopes that the role stands for, such as notes:read.' }),
  },
  { ...closed, description: 'Declare a role as { name, scopes }.' },
)

const part = (what: string, example: string) =>
  Type.Optional(Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}$', description: `Give ${what}, such as ${example}.` }))

export const deliveryTargetSchema = Type.Object(
  {
    name: id('vault'),
    kind: oneOf(['vault', 'aws', 'kubernetes', 'file', 'webhook']),
    accounts: Type.Optional(Type.Array(Type.String({ maxLength: 64 }), { minItems: 1, description: 'List the ids of the accounts whose keys may go there.' })),
    environments: Type.Optional(Type.Array(oneOf(['live', 'test']), { minItems: 1, description: 'List live, test or both.' })),
    url: Type.Optional(Type.String({ maxLength: 2000, description: 'Give the https address of the target.' })),
    mount: part('the mount of the KV engine', 'secret'),
    version: Type.Optional(Type.Unsafe<1 | 2>(Type.Union([Type.Literal(1), Type.Literal(2)], { description: 'Say 1 or 2: the version of the KV engine.' }))),
    namespace: part('the namespace', 'production'),
    prefix: part('what every path begins with', 'latchwork/'),
    region: Type.Optional(Type.String({ pattern: '^[a-z0-9-]{3,32}$', description: 'Give the region, such as eu-central-1.' })),
    directory: Type.Optional(Type.String({ minLength: 1, description: 'Name the folder below which keys are written.' })),
    token: Type.Optional(reference),
    accessKeyId: Type.Optional(reference),
    secretAccessKey: Type.Optional(reference),
    sessionToken: Type.Optional(reference),
    secret: Type.Optional(reference),
    caFile: Type.Optional(Type.String({ minLength: 1, description: "Name the PEM file of the target's certificate authority." })),
  },
  { ...closed, description: 'Declare a delivery target as { name, kind, … }: docs/guides/keys-rotation.md has an example of each kind.' },
)

export const statementIssuerSchema = Type.Object(
  {
    issuer: Type.String({ minLength: 1, maxLength: 2000, description: 'Give the issuer as it stands in its statements (iss).' }),
    jwks: Type.Object(
      { keys: Type.Array(Type.Record(Type.String(), Type.Unknown()), { minItems: 1, description: 'List the public keys.' }) },
      { ...closed, description: 'Give the public keys as { keys: [ … ] } (RFC 7517).' },
    ),
  },
  { ...closed, description: 'Declare an issuer of software statements as { issuer, jwks }.' },
)

const list = <T extends Parameters<typeof Type.Array>[0]>(items: T, what: string) =>
  Type.Optional(Type.Array(items, { description: `Give a list of ${what}.` }))

export const declaredSchema = Type.Object({
  apis: list(apiSchema, 'APIs'),
  clients: list(clientSchema, 'clients'),
  users: list(userSchema, 'people'),
  accounts: list(accountSchema, 'accounts'),
  rootKeys: list(rootKeySchema, 'root keys'),
  roles: list(roleSchema, 'roles'),
  deliveryTargets: list(deliveryTargetSchema, 'delivery targets'),
  statementIssuers: list(statementIssuerSchema, 'issuers'),
})

/** What a file may declare, as it is written there. */
export type Declarations = Static<typeof declaredSchema>
