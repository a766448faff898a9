/** Statements of the hot path are compiled once and then only bound: compiling a join costs more than running it on SQLite. */
import type { CompiledQuery } from 'kysely'

class Parameter {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }
}

/**
 * Compiles a statement with named parameters once; the answer binds values to it.
 *
 *     const byDigest = template<Row, { digest: string }>((parameter) => db.selectFrom('codes').where('digest', '=', parameter('digest'))….compile())
 *     engine.read(byDigest({ digest }))
 */
export function template<R, P extends Readonly<Record<string, string | number>>>(
  build: (parameter: <K extends keyof P & string>(name: K) => P[K]) => CompiledQuery<R>,
): (values: P) => CompiledQuery<R> {
  const compiled = build((name) => new Parameter(name) as never)
  return (values) => ({
    ...compiled,
    parameters: compiled.parameters.map((parameter) => (parameter instanceof Parameter ? (values as Record<string, unknown>)[parameter.name] : parameter)),
  })
}
