/** One file, and what its names stand for: what is imported, and what is said once in the same file. */
import { childrenOf, type Expression, type Fields, type Language } from './expression.ts'

export interface Import {
  readonly local: string
  readonly module: string
  /** Absent: the module itself, or its default. */
  readonly name?: string
}

export interface Lowered {
  readonly root: Expression
  readonly imports: readonly Import[]
}

export interface Module {
  readonly path: string
  readonly language: Language
  readonly text: string
  readonly root: Expression
  /** Local name to path: `jsonwebtoken:verify`. */
  readonly imports: ReadonlyMap<string, string>
  /** Names of the modules that are imported. */
  readonly modules: ReadonlySet<string>
  /** Names that are assigned exactly once. */
  readonly bindings: ReadonlyMap<string, Expression>
  /** Every name, member, key and short text in the file. */
  readonly words: ReadonlySet<string>
}

const LONGEST_WORD = 200
/** How many names are followed one after the other. */
const STEPS = 6

export function moduleOf(path: string, language: Language, text: string, { root, imports }: Lowered): Module {
  const bindings = new Map<string, Expression>()
  const ambiguous = new Set<string>()
  const words = new Set<string>()
  collect(root, { bindings, ambiguous, words })
  for (const name of ambiguous) bindings.delete(name)
  const paths = new Map(imports.map(({ local, module, name }) => [local, `${module.replace(/^node:/, '')}:${name ?? ''}`]))
  return { path, language, text, root, imports: paths, modules: new Set(imports.map(({ module }) => module)), bindings, words }
}

interface Collected {
  readonly bindings: Map<string, Expression>
  readonly ambiguous: Set<string>
  readonly words: Set<string>
}

function collect(node: Expression, into: Collected): void {
  if (node.kind === 'name') into.words.add(node.id)
  else if (node.kind === 'member' && node.property !== undefined) into.words.add(node.property)
  else if (node.kind === 'text' && node.value.length <= LONGEST_WORD) into.words.add(node.value)
  else if (node.kind === 'fields') for (const { key } of node.entries) into.words.add(key)
  else if (node.kind === 'call') for (const name of node.named.keys()) into.words.add(name)
  else if (node.kind === 'routine') for (const name of node.parameters) bind(name, undefined, into)
  else if (node.kind === 'template') for (const part of node.parts) if (typeof part === 'string') into.words.add(part)
  if (node.kind === 'assignment' && node.target.kind === 'name') bind(node.target.id, node.value, into)
  for (const child of childrenOf(node)) collect(child, into)
}

function bind(name: string, value: Expression | undefined, { bindings, ambiguous, words }: Collected): void {
  words.add(name)
  if (value === undefined || bindings.has(name)) ambiguous.add(name)
  else bindings.set(name, value)
}

/** Whether the file speaks of it anywhere: as a name, a member, a key or within a text. */
export function speaksOf(module: Module, pattern: RegExp): boolean {
  for (const word of module.words) if (pattern.test(word)) return true
  return false
}

/**
 * What an expression is called, with imports and names followed: `jsonwebtoken:verify`, `localStorage.setItem`, `express:().get`, `req.query.token`.
 * `?` stands for what has no name.
 */
export function pathOf(expression: Expression, module: Module, steps = STEPS): string {
  switch (expression.kind) {
    case 'name':
      return pathOfName(expression.id, module, steps)
    case 'member': {
      const of = pathOf(expression.of, module, steps)
      const property = expression.property ?? '*'
      if (module.language === 'javascript' && (of === 'window' || of === 'globalThis' || of === 'self')) return property
      if (of.endsWith(':') && property === 'default') return of
      return of.endsWith(':') ? of + property : `${of}.${property}`
    }
    case 'call': {
      const callee = pathOf(expression.callee, module, steps)
      const [first] = expression.args
      if (callee === 'util:promisify' && first !== undefined) return pathOf(first, module, steps)
      if (callee === 'require' && first?.kind === 'text') return `${first.value.replace(/^node:/, '')}:`
      return `${callee}()`
    }
    case 'template':
    case 'text':
      return "''"
    default:
      return '?'
  }
}

function pathOfName(id: string, module: Module, steps: number): string {
  const imported = module.imports.get(id)
  if (imported !== undefined) return imported
  const bound = steps === 0 ? undefined : module.bindings.get(id)
  if (bound?.kind === 'name' || bound?.kind === 'member' || bound?.kind === 'call') return pathOf(bound, module, steps - 1)
  return id
}

/** The last word as it stands in the code: `token` of `request.body.token` and of `token`. */
export function wordOf(expression: Expression): string {
  if (expression.kind === 'name') return expression.id
  if (expression.kind === 'member') return expression.property ?? (expression.computed === undefined ? '' : wordOf(expression.computed))
  return ''
}

/** What a name stands for, if it is said once in this file; else the expression itself. */
export function meaningOf(expression: Expression, module: Module, steps = STEPS): Expression {
  if (expression.kind !== 'name' || steps === 0) return expression
  const bound = module.bindings.get(expression.id)
  return bound === undefined ? expression : meaningOf(bound, module, steps - 1)
}

/** A constant text, however it is put together. */
export function textOf(expression: Expression | undefined, module: Module): string | undefined {
  if (expression === undefined) return undefined
  const shape = shapeOf(expression, module)
  return shape?.includes(HOLE) ? undefined : shape
}

/** The object replacement character: no code is written with it. */
export const HOLE = '\uFFFC'

/** A text with a hole for each part that is not known; `undefined` for what is no text. */
export function shapeOf(expression: Expression, module: Module, steps = STEPS): string | undefined {
  const meant = meaningOf(expression, module, steps)
  if (meant.kind === 'text') return meant.value
  if (steps === 0) return undefined
  if (meant.kind === 'template') return meant.parts.map((part) => (typeof part === 'string' ? part : (shapeOf(part, module, steps - 1) ?? HOLE))).join('')
  if (meant.kind !== 'operation' || meant.operator !== '+') return undefined
  const [left, right] = [shapeOf(meant.left, module, steps - 1), shapeOf(meant.right, module, steps - 1)]
  return left === undefined && right === undefined ? undefined : (left ?? HOLE) + (right ?? HOLE)
}

/** A constant number; sums and products are worked out. */
export function numberOf(expression: Expression | undefined, module: Module, steps = STEPS): number | undefined {
  if (expression === undefined || steps === 0) return undefined
  const meant = meaningOf(expression, module, steps)
  if (meant.kind === 'number') return meant.value
  if (meant.kind !== 'operation') return undefined
  const [left, right] = [numberOf(meant.left, module, steps - 1), numberOf(meant.right, module, steps - 1)]
  if (left === undefined || right === undefined) return undefined
  return meant.operator === '*' ? left * right : meant.operator === '+' ? left + right : undefined
}

export function fieldsOf(expression: Expression | undefined, module: Module): Fields | undefined {
  const meant = expression === undefined ? undefined : meaningOf(expression, module)
  return meant?.kind === 'fields' ? meant : undefined
}

export function fieldOf(fields: Fields | undefined, ...names: readonly string[]): Expression | undefined {
  return fields?.entries.find(({ key }) => names.includes(key))?.value
}

export function isConstant(expression: Expression | undefined, module: Module, value: boolean | null): boolean {
  const meant = expression === undefined ? undefined : meaningOf(expression, module)
  return meant?.kind === 'constant' && meant.value === value
}

/** Texts of a list of constants, or of a text alone; `undefined` if any is not known. */
export function textsOf(expression: Expression | undefined, module: Module): readonly string[] | undefined {
  if (expression === undefined) return undefined
  const meant = meaningOf(expression, module)
  const texts = (meant.kind === 'list' ? meant.items : [meant]).map((item) => textOf(item, module))
  return texts.every((text) => text !== undefined) ? texts : undefined
}

export type Option = Expression | 'absent' | 'unknown'

/**
 * An option of a call, by its name: in Python a keyword, in JavaScript a member of the object at `position`.
 * `unknown`: it may be there, but it cannot be seen.
 */
export function optionOf(call: Extract<Expression, { kind: 'call' }>, position: number, names: readonly string[], module: Module): Option {
  for (const name of names) {
    const named = call.named.get(name)
    if (named !== undefined) return named
  }
  if (call.isOpen) return 'unknown'
  if (module.language === 'python') return 'absent'
  const given = call.args[position]
  if (given === undefined) return 'absent'
  const fields = fieldsOf(given, module)
  if (fields === undefined) return given.kind === 'routine' ? 'absent' : 'unknown'
  return fieldOf(fields, ...names) ?? (fields.isOpen ? 'unknown' : 'absent')
}
