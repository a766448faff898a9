/** Statements of the hot path are compiled once and then only bound: compiling a join costs more than running it on SQLite. */
import type { CompiledQuery } from 'kysely'
import type { Dialect } from './engine.ts'

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
export function template<R, P extends Readonly<Record<string, string | number | null>>>(
  build: (parameter: <K extends keyof P & string>(name: K) => P[K]) => CompiledQuery<R>,
): (values: P) => CompiledQuery<R> {
  const compiled = build((name) => new Parameter(name) as never)
  return (values) => bound(compiled, (name) => (values as Record<string, unknown>)[name])
}

/** The same for as many texts as there are, in their order. */
export function listTemplate<R>(count: number, build: (parameters: readonly string[]) => CompiledQuery<R>): (values: readonly string[]) => CompiledQuery<R> {
  const compiled = build(Array.from({ length: count }, (_, index) => new Parameter(String(index)) as never))
  return (values) => bound(compiled, (index) => values[Number(index)])
}

function bound<R>({ query, queryId, sql, parameters }: CompiledQuery<R>, valueFor: (name: string) => unknown): CompiledQuery<R> {
  return { query, queryId, sql, parameters: parameters.map((parameter) => (parameter instanceof Parameter ? valueFor(parameter.name) : parameter)) }
}

/** Something made of a dialect, such as a template, made once for each. */
export function onceForEach<T>(make: (dialect: Dialect) => T): (dialect: Dialect) => T {
  const made = new Map<Dialect, T>()
  return (dialect) => {
    const known = made.get(dialect)
    if (known !== undefined) return known
    const fresh = make(dialect)
    made.set(dialect, fresh)
    return fresh
  }
}
