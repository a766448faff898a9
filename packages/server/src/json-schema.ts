/**
 * The builders of TypeBox that our schemas are made of: its types for the compiler, plain JSON Schema as values. The library's own values are the same; to have them would load 370 modules
 * more, for parts that nothing here uses, and twelve megabytes in every process (decision 0036).
 */
// biome-ignore lint/style/noRestrictedImports: types alone
import type { TSchema, Type as TypeBox } from 'typebox'

// biome-ignore lint/style/noRestrictedImports: types alone
export type { Static, TProperties, TSchema } from 'typebox'

type Schema = Readonly<Record<string, unknown>>
type Properties = Readonly<Record<string, Schema>>

/** How the library marks a member that may be absent: it is not to be seen in JSON. */
const OPTIONAL = '~optional'

const named =
  (type: string) =>
  (options: object = {}): Schema => ({ type, ...options })

function objectOf(properties: Properties, options: object = {}): Schema {
  const required = Object.keys(properties).filter((name) => !Object.hasOwn(properties[name] ?? {}, OPTIONAL))
  return { type: 'object', ...(required.length > 0 && { required }), properties, ...options }
}

const builders = {
  Array: (items: Schema, options: object = {}): Schema => ({ type: 'array', items, ...options }),
  Boolean: named('boolean'),
  Enum: (words: readonly (string | number)[], options: object = {}): Schema => ({ enum: words, ...options }),
  Integer: named('integer'),
  Literal: (word: string | number | boolean, options: object = {}): Schema => ({ type: typeof word, const: word, ...options }),
  Null: named('null'),
  Number: named('number'),
  Object: objectOf,
  Optional: (schema: Schema): Schema => Object.defineProperty({ ...schema }, OPTIONAL, { value: true }),
  Record: (_names: Schema, values: Schema, options: object = {}): Schema => ({ type: 'object', patternProperties: { '^.*$': values }, ...options }),
  String: named('string'),
  Union: (anyOf: readonly Schema[], options: object = {}): Schema => ({ anyOf, ...options }),
  Unknown: (options: object = {}): Schema => ({ ...options }),
  Unsafe: (schema: TSchema): Schema => schema as Schema,
} satisfies { readonly [Name in keyof typeof TypeBox]?: unknown }

export const Type = builders as unknown as Pick<typeof TypeBox, keyof typeof builders>
