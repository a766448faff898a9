/** A person's profile on the wire and in the configuration: the standard claims of OpenID Connect Core §5.1, under its names. What a value may be is checked by `accounts`. */
import { Type } from './json-schema.ts'

const text = (description: string) => ({ description })
const line = text('A text of up to 256 characters.')
const lines = text('A text of up to 256 characters, on several lines if need be.')
const url = text('An https address of up to 2048 characters; http on loopback alone.')

const address = { formatted: lines, street_address: lines, locality: line, region: line, postal_code: line, country: line }

const texts = {
  given_name: line,
  family_name: line,
  middle_name: line,
  nickname: line,
  preferred_username: line,
  profile: url,
  picture: url,
  website: url,
  gender: line,
  birthdate: text('YYYY-MM-DD; 0000-MM-DD without the year; YYYY alone.'),
  zoneinfo: text('A name of the IANA time zone database, such as Europe/Paris.'),
  locale: text('A language tag (BCP 47), such as en-US.'),
  phone_number: text('+ and digits, such as +14255551212, with ;ext=56 behind them if need be.'),
}

type Texts<T> = { readonly [name in keyof T]: ReturnType<typeof optionalText> }
const optionalText = (options: { readonly description: string }) => Type.Optional(Type.String(options))
const textsOf = <T extends Readonly<Record<string, { readonly description: string }>>>(table: T) =>
  Object.fromEntries(Object.entries(table).map(([name, options]) => [name, optionalText(options)])) as Texts<T>

const verified = { description: 'Whether the number is known to be the person’s.' }

/** As it is told and declared. */
export const ProfileShape = Type.Object(
  {
    ...textsOf(texts),
    address: Type.Optional(Type.Object(textsOf(address), { additionalProperties: false, title: 'Address', description: 'A postal address (§5.1.1).' })),
    phone_number_verified: Type.Optional(Type.Boolean(verified)),
  },
  {
    title: 'Profile',
    additionalProperties: false,
    description: 'What applications may be told, as given_name, birthdate or address of OpenID Connect Core §5.1.',
  },
)

const changes = (table: Readonly<Record<string, { readonly description: string }>>) =>
  Object.fromEntries(Object.entries(table).map(([name, options]) => [name, Type.Optional(Type.Unknown(options))]))

/** As it is changed. The members are there to be read: `accounts` refuses by name, with the mend. */
export const ProfileChange = Type.Object(
  {
    ...changes(texts),
    address: Type.Optional(Type.Unknown({ description: `With ${Object.keys(address).join(', ')}.` })),
    ...changes({ phone_number_verified: verified }),
  },
  {
    title: 'ProfileChanges',
    description: 'Members of OpenID Connect Core §5.1. null takes one away, in address too; what is not named stays. Up to 8192 bytes in all.',
  },
)
