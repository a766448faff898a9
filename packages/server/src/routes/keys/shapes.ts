/** Shapes of API keys on the wire. */
import { type ApiKey, creditsLeft, isPrimaryAt } from '@latchwork/api-keys'
import { type Static, Type } from '../../json-schema.ts'
import { closed, Environment, Name, Scopes, Time, timeThat } from '../schemas.ts'
import { Snippets } from './snippets.ts'

const Id = Type.String({ maxLength: 64 })
const Roles = Type.Array(Type.String({ maxLength: 64 }), { maxItems: 16, description: 'Names of roles that the configuration defines.' })
const Networks = Type.Array(Type.String({ maxLength: 64 }), { maxItems: 64, description: 'CIDR blocks the key works from; anywhere where there are none.' })
const Count = Type.Integer({ minimum: 1, maximum: 1_000_000_000 })
const KeyLimit = closed({ name: Type.String({ maxLength: 32 }), count: Count, periodSeconds: Count, burst: Type.Optional(Count) }, { title: 'KeyLimit' })
const Limits = Type.Array(KeyLimit, {
  maxItems: 8,
  description: 'Taken all or none.',
})
const Refill = closed({ amount: Count, everySeconds: Count, max: Count }, { title: 'CreditRefill' })
const remaining = Type.Integer({ minimum: 0, maximum: 1_000_000_000 })
const Credits = closed({ remaining, refill: Type.Optional(Refill) }, { title: 'KeyCredits' })

const ExternalId = Type.String({ minLength: 1, maxLength: 100, description: 'What you call whoever has the key: your customer, your user.' })
export const MetadataShape = Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()]), {
  title: 'Metadata',
  description: 'What you write on the key: up to 50 names and plain values. It comes back with every verification, and decides nothing here.',
})

export const KeyKind = Type.Enum(['sk', 'rk', 'pk', 'pat'], { title: 'KeyKind' })

export const KeyParams = Type.Object({ id: Id })

export const terms = {
  name: Name,
  scopes: Type.Optional(Scopes),
  roles: Type.Optional(Roles),
  networks: Type.Optional(Networks),
  limits: Type.Optional(Limits),
  credits: Type.Optional(Credits),
  externalId: Type.Optional(ExternalId),
  metadata: Type.Optional(MetadataShape),
}

export const KeyRequest = closed(
  {
    ...terms,
    accountId: Id,
    kind: Type.Optional(KeyKind),
    environment: Type.Optional(Environment),
    userId: Type.Optional(
      Type.String({ maxLength: 64, description: 'The member a personal access token stands for, or on whose behalf another key is made.' }),
    ),
    notBefore: Type.Optional(Time),
    expiresAt: Type.Optional(Time),
  },
  { title: 'KeyRequest' },
)

export const KeyChangesRequest = closed(
  {
    name: Type.Optional(Name),
    scopes: terms.scopes,
    roles: terms.roles,
    networks: terms.networks,
    limits: terms.limits,
    credits: Type.Optional(Type.Union([Credits, Type.Null()])),
    externalId: Type.Optional(Type.Union([ExternalId, Type.Null()])),
    metadata: Type.Optional(Type.Union([MetadataShape, Type.Null()], { description: 'Takes the place of all that was there.' })),
    enabled: Type.Optional(Type.Boolean({ description: 'false: refused until it is true again.' })),
    expiresAt: Type.Optional(Time),
  },
  { title: 'KeyChanges' },
)

const overlap = {
  overlapSeconds: Type.Optional(Type.Integer({ minimum: 0, maximum: 604_800, description: 'How long the old key lives on: a day unless said otherwise.' })),
  startsAtFirstUse: Type.Optional(Type.Boolean({ description: 'The overlap begins when the new key is first used.' })),
}
export const RollRequest = closed(
  {
    ...overlap,
    end: Type.Optional(Type.String({ maxLength: 64, description: 'Id of a key to end in the same act, for its place.' })),
  },
  { title: 'KeyRoll' },
)
export const MemberRollRequest = closed(overlap, { title: 'MemberKeysRoll' })
export const EndRequest = closed({ at: Type.Optional(Time) }, { title: 'KeyEnd' })

export const ImportRequest = closed(
  {
    keys: Type.Array(
      closed({
        ...terms,
        digest: Type.String({ maxLength: 64, description: 'SHA-256 of the whole key, hexadecimal or base64url.' }),
        accountId: Id,
        kind: Type.Optional(Type.Enum(['sk', 'rk'])),
        environment: Type.Optional(Environment),
        start: Type.Optional(Type.String({ maxLength: 8, description: 'Its first characters, to know it by.' })),
        end: Type.Optional(Type.String({ maxLength: 4, description: 'Its last characters.' })),
        notBefore: Type.Optional(Time),
        expiresAt: Type.Optional(Time),
      }),
      { minItems: 1, maxItems: 1000 },
    ),
  },
  { title: 'KeyImport' },
)

export const ApiKeyShape = Type.Object(
  {
    id: Type.String(),
    accountId: Type.String(),
    kind: KeyKind,
    environment: Environment,
    name: Type.String(),
    scopes: Scopes,
    undefinedScopes: Type.Optional(
      Type.Array(Type.String(), {
        description:
          'Told when the key is made or changed: those of its scopes that no declared API defines, misspelt perhaps; where none declares any, those that have not the form resource:action. They open nothing but what asks for exactly them.',
      }),
    ),
    roles: Roles,
    networks: Networks,
    limits: Limits,
    credits: Type.Optional(Credits),
    fingerprint: Type.String({ description: 'First 8 and last 4 characters.' }),
    publicText: Type.Optional(Type.String({ description: 'Of publishable keys alone, which are public by nature: the whole key.' })),
    externalId: Type.Optional(Type.String()),
    metadata: Type.Optional(MetadataShape),
    isPrimary: Type.Boolean(),
    isImported: Type.Boolean(),
    createdBy: Type.String(),
    createdAt: Time,
    userId: Type.Optional(Type.String()),
    consentId: Type.Optional(Type.String()),
    notBefore: Type.Optional(Time),
    expiresAt: Type.Optional(Time),
    replacedBy: Type.Optional(Type.String({ description: 'The key that took its place in a roll.' })),
    endsAfterFirstUseSeconds: Type.Optional(Type.Number({ description: 'It ends so long after the first use of the key that took its place.' })),
    disabledAt: Type.Optional(timeThat('Since when it is stopped.')),
    lastUsedAt: Type.Optional(Time),
    lastUsedAddress: Type.Optional(Type.String()),
    lastUsedUserAgent: Type.Optional(Type.String()),
    revokedAt: Type.Optional(Time),
    revokedReason: Type.Optional(Type.String()),
  },
  { title: 'ApiKey' },
)

const Secret = Type.Optional(Type.String({ description: 'The whole key, this once; absent in the answer to a repeated call.' }))
export const MadeKey = Type.Object({ key: ApiKeyShape, secret: Secret, snippets: Type.Optional(Snippets) }, { title: 'MadeKey' })
export const RolledKeyShape = Type.Object(
  { key: ApiKeyShape, secret: Secret, replaced: ApiKeyShape, snippets: Type.Optional(Snippets) },
  { title: 'RolledKey' },
)

const iso = (time: number): string => new Date(time).toISOString()
const times = ['notBefore', 'expiresAt', 'disabledAt', 'lastUsedAt', 'revokedAt'] as const

/** @param now epoch milliseconds: credits are told with the refills that have come due, and no key is primary that has ended. */
export function shapeOfKey(key: ApiKey, now: number): Static<typeof ApiKeyShape> {
  const {
    createdAt,
    notBefore: _begin,
    expiresAt: _end,
    disabledAt: _stopped,
    lastUsedAt: _used,
    revokedAt: _revoked,
    imported,
    overlapMs,
    lifetimeMs: _life,
    credits,
    primaryFrom: _from,
    ...rest
  } = key
  const present = times.flatMap((name) => (key[name] === undefined ? [] : [[name, iso(key[name])] as const]))
  return {
    ...rest,
    scopes: [...rest.scopes],
    roles: [...rest.roles],
    networks: [...rest.networks],
    limits: [...rest.limits],
    isPrimary: isPrimaryAt(key, now),
    isImported: imported,
    createdAt: iso(createdAt),
    ...(Object.fromEntries(present) as Partial<Record<(typeof times)[number], string>>),
    ...(credits === undefined
      ? {}
      : { credits: { remaining: creditsLeft(credits, now), ...(credits.refill === undefined ? {} : { refill: credits.refill }) } }),
    ...(overlapMs === undefined ? {} : { endsAfterFirstUseSeconds: overlapMs / 1000 }),
  }
}
