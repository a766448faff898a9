/**
 * Code as the rules see it: one small tree for both languages. What has no bearing on any rule is `other`, with whatever is inside it, so that nothing is skipped.
 */

export type Language = 'javascript' | 'python'

interface Placed {
  /** Offsets in the file. */
  readonly start: number
  readonly end: number
}

export interface Text extends Placed {
  readonly kind: 'text'
  readonly value: string
}

/** A template literal or an f-string: texts, and what is put between them. */
export interface Template extends Placed {
  readonly kind: 'template'
  readonly parts: readonly (string | Expression)[]
}

export interface Numeric extends Placed {
  readonly kind: 'number'
  readonly value: number
}

/** `true`, `false`, `null`, `None`. */
export interface Constant extends Placed {
  readonly kind: 'constant'
  readonly value: boolean | null
}

export interface Name extends Placed {
  readonly kind: 'name'
  readonly id: string
}

export interface Member extends Placed {
  readonly kind: 'member'
  readonly of: Expression
  /** Absent if it is computed. */
  readonly property?: string
  readonly computed?: Expression
}

export interface Call extends Placed {
  readonly kind: 'call'
  readonly callee: Expression
  readonly args: readonly Expression[]
  /** Python's keyword arguments. */
  readonly named: ReadonlyMap<string, Expression>
  /** Whether `...` or `**` brings arguments that are not seen. */
  readonly isOpen: boolean
}

/** An object literal or a dictionary. */
export interface Fields extends Placed {
  readonly kind: 'fields'
  readonly entries: readonly Entry[]
  /** Whether a spread brings entries that are not seen. */
  readonly isOpen: boolean
}

export interface Entry extends Placed {
  readonly key: string
  readonly value: Expression
}

export interface List extends Placed {
  readonly kind: 'list'
  readonly items: readonly Expression[]
}

export interface Operation extends Placed {
  readonly kind: 'operation'
  readonly operator: string
  readonly left: Expression
  readonly right: Expression
}

/** Also declarations, and each name that a pattern takes apart. */
export interface Assignment extends Placed {
  readonly kind: 'assignment'
  readonly target: Expression
  readonly value: Expression
}

export interface Routine extends Placed {
  readonly kind: 'routine'
  readonly name: string
  readonly parameters: readonly string[]
  readonly body: readonly Expression[]
}

export interface Other extends Placed {
  readonly kind: 'other'
  readonly children: readonly Expression[]
}

export type Expression = Text | Template | Numeric | Constant | Name | Member | Call | Fields | List | Operation | Assignment | Routine | Other

type Inner = { readonly [K in Expression['kind']]: (of: Extract<Expression, { readonly kind: K }>) => readonly Expression[] }

const NONE: readonly Expression[] = []

const inner: Inner = {
  text: () => NONE,
  number: () => NONE,
  constant: () => NONE,
  name: () => NONE,
  template: ({ parts }) => parts.filter((part) => typeof part !== 'string'),
  member: ({ of, computed }) => (computed === undefined ? [of] : [of, computed]),
  call: ({ callee, args, named }) => (named.size === 0 ? [callee, ...args] : [callee, ...args, ...named.values()]),
  fields: ({ entries }) => entries.map(({ value }) => value),
  list: ({ items }) => items,
  operation: ({ left, right }) => [left, right],
  assignment: ({ target, value }) => [target, value],
  routine: ({ body }) => body,
  other: ({ children }) => children,
}

export function childrenOf(expression: Expression): readonly Expression[] {
  return (inner[expression.kind] as (of: Expression) => readonly Expression[])(expression)
}

/** The first inside that fits, itself included. */
export function findInside(expression: Expression, fits: (one: Expression) => boolean): Expression | undefined {
  if (fits(expression)) return expression
  for (const child of childrenOf(expression)) {
    const found = findInside(child, fits)
    if (found !== undefined) return found
  }
  return undefined
}
