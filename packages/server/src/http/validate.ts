/** Checks what was sent against a route's schema. A body has the types the schema names, or is refused; in an address everything is text, so whole numbers are read from it. */
import { Refusal } from '@latchwork/kernel'
import type { FastifySchemaCompiler, FastifyServerOptions } from 'fastify'
import { Compile } from 'typebox/schema'
import type { TSchema } from '../json-schema.ts'

type Factory = NonNullable<NonNullable<NonNullable<FastifyServerOptions['schemaController']>['compilersFactory']>['buildValidator']>

/** Those below 0 and the endless too: of them it is said which numbers may be. */
const WHOLE_NUMBER = /^(?:0|-?[1-9]\d*)$/

const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  let compiled: ReturnType<typeof Compile<TSchema>> | undefined // by the first request: most routes of a server are not asked for soon
  const numbers = httpPart === 'body' ? [] : namesOfIntegers(schema)
  return (sent: unknown) => {
    // What schemas describe is JSON. A form has no members to look at: it would pass as an object that says nothing.
    if (sent instanceof URLSearchParams)
      return { error: new Refusal('media_type_unsupported', { detail: 'Send JSON, and say so: Content-Type: application/json.' }) }
    const value = numbers.length === 0 ? sent : withNumbers(sent as Readonly<Record<string, unknown>>, numbers)
    compiled ??= Compile(schema)
    if (compiled.Check(value)) return { value }
    const [, faults] = compiled.Errors(value)
    return { error: faults as unknown as Error }
  }
}

/** Handed to Fastify as it starts, so that it does not load a validator of its own. */
export const buildValidator = (() => compileValidator) as unknown as Factory

function namesOfIntegers(schema: TSchema): readonly string[] {
  const { properties = {} } = schema as { readonly properties?: Readonly<Record<string, { readonly type?: string }>> }
  return Object.keys(properties).filter((name) => properties[name]?.type === 'integer')
}

function withNumbers(sent: Readonly<Record<string, unknown>>, names: readonly string[]): Readonly<Record<string, unknown>> {
  const read = names.flatMap((name) => {
    const text = sent[name]
    return typeof text === 'string' && WHOLE_NUMBER.test(text) ? [[name, Number(text)] as const] : []
  })
  return read.length === 0 ? sent : { ...sent, ...Object.fromEntries(read) }
}
