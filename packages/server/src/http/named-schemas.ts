/** Gives shapes that have a title a place of their own in the document, so that a generated client has one type for each, wherever it stands. */

export interface Named {
  readonly paths: object
  /** By title. */
  readonly schemas: Readonly<Record<string, object>>
}

/** @param paths of an OpenAPI document; a title is a text. @throws Error where two shapes have one title. */
export function nameSchemas(paths: object): Named {
  const schemas: Record<string, object> = {}
  const place = (title: string, schema: object): object => {
    schemas[title] ??= schema
    if (JSON.stringify(schemas[title]) !== JSON.stringify(schema)) throw new Error(`two shapes have the title ${title}`)
    return { $ref: `#/components/schemas/${title}` }
  }
  const walk = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(walk)
    if (typeof node !== 'object' || node === null) return node
    const { title, ...rest } = withType(Object.fromEntries(Object.entries(node).map(([name, member]) => [name, walk(member)])))
    return typeof title === 'string' ? place(title, rest) : { ...rest, ...(title !== undefined && { title }) }
  }
  return { paths: walk(paths) as object, schemas }
}

/** The library leaves the type of a list of words to be seen from them; generators of clients want it said. */
function withType(node: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { enum: words, type } = node
  return Array.isArray(words) && type === undefined && words.every((word) => typeof word === 'string') ? { type: 'string', ...node } : node
}
