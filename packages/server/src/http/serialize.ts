/**
 * Turns answers into JSON by their schemas, each compiled when the first answer of its kind goes out: compiling all of them would be a good part of a start,
 * and most are never asked for.
 */
import { SerializerSelector } from '@fastify/fast-json-stringify-compiler'
import type { FastifyServerOptions } from 'fastify'

type Controller = NonNullable<FastifyServerOptions['schemaController']>
type Builder = NonNullable<NonNullable<Controller['compilersFactory']>['buildSerializer']>

export const buildSerializer: Builder = (externalSchemas, options) => {
  const compile = (SerializerSelector() as unknown as Builder)(externalSchemas, options)
  return (route) => {
    let serialize: ReturnType<typeof compile> | undefined
    return (data) => {
      serialize ??= compile(route)
      return serialize(data)
    }
  }
}
