/** JavaScript and TypeScript, JSX included, as the tree of the rules. */
import { type ParserOptions, parse } from '@babel/parser'
import type { Assignment, Call, Entry, Expression, Fields, Member, Other, Routine, Template } from './expression.ts'
import type { Import, Lowered } from './module.ts'

interface Syntax {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [member: string]: unknown
}

type Lower = (node: Syntax, context: Context) => Expression

interface Context {
  readonly imports: Import[]
}

const tolerant: ParserOptions = {
  sourceType: 'unambiguous',
  errorRecovery: true,
  attachComment: false,
  allowReturnOutsideFunction: true,
  allowAwaitOutsideFunction: true,
  allowUndeclaredExports: true,
  allowNewTargetOutsideFunction: true,
  allowSuperOutsideMethod: true,
}

/** @param path decides which dialect is read. @throws SyntaxError. */
export function lowerJavaScript(text: string, path: string): Lowered {
  const isTypeScript = /\.[cm]?tsx?$/.test(path)
  const plugins: ParserOptions['plugins'] = isTypeScript ? ['typescript', 'decorators-legacy'] : ['flow', 'decorators-legacy']
  if (!/\.[cm]?ts$/.test(path)) plugins?.push('jsx')
  const { program } = parse(text, { ...tolerant, plugins: plugins ?? [] })
  const context: Context = { imports: [] }
  return { root: lower(program as unknown as Syntax, context), imports: context.imports }
}

function lower(node: Syntax, context: Context): Expression {
  const special = Object.hasOwn(forms, node.type) ? forms[node.type] : undefined
  return special === undefined ? other(node, context) : special(node, context)
}

const NOT_CODE = new Set([
  'typeAnnotation',
  'typeParameters',
  'returnType',
  'typeArguments',
  'superTypeParameters',
  'superTypeArguments',
  'implements',
  'loc',
  'extra',
  'range',
])
/** Types say nothing that runs. */
const CODE_OF_TYPESCRIPT = new Set([
  'TSExportAssignment',
  'TSModuleBlock',
  'TSModuleDeclaration',
  'TSEnumDeclaration',
  'TSEnumBody',
  'TSEnumMember',
  'TSParameterProperty',
])

function isCode(value: unknown): value is Syntax {
  if (typeof value !== 'object' || value === null || typeof (value as Syntax).type !== 'string') return false
  const { type } = value as Syntax
  return !type.startsWith('TS') || CODE_OF_TYPESCRIPT.has(type) || Object.hasOwn(forms, type)
}

function other(node: Syntax, context: Context): Other {
  const children: Expression[] = []
  for (const name in node) {
    if (NOT_CODE.has(name)) continue
    const value = node[name]
    if (typeof value !== 'object' || value === null) continue
    if (Array.isArray(value)) {
      for (const item of value) if (isCode(item)) children.push(lower(item, context))
    } else if (isCode(value)) children.push(lower(value, context))
  }
  return { kind: 'other', children, start: node.start, end: node.end }
}

const at = ({ start, end }: Syntax) => ({ start, end })
const one = (node: Syntax, member: string) => node[member] as Syntax
const many = (node: Syntax, member: string) => (node[member] as readonly (Syntax | null)[]).filter((item) => item !== null)
/** What stands around an expression and changes nothing of it. */
const through =
  (member: string): Lower =>
  (node, context) =>
    isCode(node[member]) ? lower(one(node, member), context) : other(node, context)

const forms: Readonly<Record<string, Lower>> = {
  Identifier: (node) => ({ kind: 'name', id: String(node['name']), ...at(node) }),
  ThisExpression: (node) => ({ kind: 'name', id: 'this', ...at(node) }),
  StringLiteral: (node) => ({ kind: 'text', value: String(node['value']), ...at(node) }),
  NumericLiteral: (node) => ({ kind: 'number', value: Number(node['value']), ...at(node) }),
  BooleanLiteral: (node) => ({ kind: 'constant', value: node['value'] === true, ...at(node) }),
  NullLiteral: (node) => ({ kind: 'constant', value: null, ...at(node) }),
  TemplateLiteral: templateLiteral,
  MemberExpression: memberExpression,
  OptionalMemberExpression: memberExpression,
  CallExpression: callExpression,
  OptionalCallExpression: callExpression,
  NewExpression: callExpression,
  ObjectExpression: objectExpression,
  ArrayExpression: (node, context) => ({ kind: 'list', items: many(node, 'elements').map((item) => lower(item, context)), ...at(node) }),
  BinaryExpression: operation,
  LogicalExpression: operation,
  AssignmentExpression: assignmentExpression,
  VariableDeclarator: variableDeclarator,
  ClassProperty: property,
  ClassAccessorProperty: property,
  ClassPrivateProperty: property,
  FunctionDeclaration: routine,
  FunctionExpression: routine,
  ArrowFunctionExpression: routine,
  ObjectMethod: routine,
  ClassMethod: routine,
  ClassPrivateMethod: routine,
  AwaitExpression: through('argument'),
  ChainExpression: through('expression'),
  TSAsExpression: through('expression'),
  TSSatisfiesExpression: through('expression'),
  TSNonNullExpression: through('expression'),
  TSTypeAssertion: through('expression'),
  TypeCastExpression: through('expression'),
  ParenthesizedExpression: through('expression'),
  JSXExpressionContainer: through('expression'),
  ImportDeclaration: importDeclaration,
  TSImportEqualsDeclaration: importEquals,
}

function templateLiteral(node: Syntax, context: Context): Expression {
  const texts = many(node, 'quasis').map((quasi) => String((quasi['value'] as { cooked?: string; raw?: string }).cooked ?? ''))
  const between = many(node, 'expressions').map((inserted) => lower(inserted, context))
  if (between.length === 0) return { kind: 'text', value: texts[0] ?? '', ...at(node) }
  const parts: Template['parts'] = texts.flatMap((text, index) => (between[index] === undefined ? [text] : [text, between[index]]))
  return { kind: 'template', parts, ...at(node) }
}

function memberExpression(node: Syntax, context: Context): Member {
  const property = one(node, 'property')
  const of = lower(one(node, 'object'), context)
  if (node['computed'] !== true) return { kind: 'member', of, property: String(property['name'] ?? one(property, 'id')?.['name'] ?? ''), ...at(node) }
  const computed = lower(property, context)
  return { kind: 'member', of, ...(computed.kind === 'text' ? { property: computed.value } : { computed }), ...at(node) }
}

function callExpression(node: Syntax, context: Context): Call {
  const given = many(node, 'arguments')
  const args = given.map((argument) => lower(argument, context))
  const isOpen = given.some(({ type }) => type === 'SpreadElement')
  return { kind: 'call', callee: lower(one(node, 'callee'), context), args, named: NO_NAMES, isOpen, ...at(node) }
}

const NO_NAMES: ReadonlyMap<string, Expression> = new Map()

function objectExpression(node: Syntax, context: Context): Fields {
  const properties = many(node, 'properties')
  const entries = properties.flatMap((item): readonly Entry[] => {
    const value = item.type === 'ObjectProperty' ? lower(one(item, 'value'), context) : lower(item, context)
    return [{ key: keyOf(item), value, ...at(item) }]
  })
  return { kind: 'fields', entries, isOpen: properties.some(({ type }) => type === 'SpreadElement'), ...at(node) }
}

/** Empty if it is computed. */
function keyOf(item: Syntax): string {
  const key = item['key'] as Syntax | undefined
  if (key === undefined || (item['computed'] === true && key.type !== 'StringLiteral')) return ''
  return String(key['name'] ?? key['value'] ?? '')
}

function operation(node: Syntax, context: Context): Expression {
  return {
    kind: 'operation',
    operator: String(node['operator']),
    left: lower(one(node, 'left'), context),
    right: lower(one(node, 'right'), context),
    ...at(node),
  }
}

function assignmentExpression(node: Syntax, context: Context): Expression {
  const value = lower(one(node, 'right'), context)
  return takeApart(one(node, 'left'), value, node, context)
}

function variableDeclarator(node: Syntax, context: Context): Expression {
  const id = one(node, 'id')
  if (!isCode(node['init'])) return lower(id, context)
  const source = requiredModule(one(node, 'init'))
  if (source === undefined) return takeApart(id, lower(one(node, 'init'), context), node, context)
  if (id.type === 'Identifier') context.imports.push({ local: String(id['name']), module: source })
  else if (id.type === 'ObjectPattern') {
    for (const item of many(id, 'properties')) {
      const local = item['value'] as Syntax | undefined
      if (local?.type === 'Identifier') context.imports.push({ local: String(local['name']), module: source, name: keyOf(item) })
    }
  }
  return other(node, context)
}

/** `require('x')`, `await import('x')`, and `require('x').y` as itself. */
function requiredModule(init: Syntax): string | undefined {
  const call = init.type === 'AwaitExpression' ? one(init, 'argument') : init
  if (call.type === 'ImportExpression') return textOf(one(call, 'source'))
  if (call.type !== 'CallExpression') return undefined
  const callee = one(call, 'callee')
  const isRequire = callee.type === 'Identifier' && callee['name'] === 'require'
  return isRequire || callee.type === 'Import' ? textOf(many(call, 'arguments')[0]) : undefined
}

const textOf = (node: Syntax | undefined): string | undefined => (node?.type === 'StringLiteral' ? String(node['value']) : undefined)

/** One assignment for each name of a pattern. */
function takeApart(target: Syntax, value: Expression, whole: Syntax, context: Context): Expression {
  if (target.type !== 'ObjectPattern') return { kind: 'assignment', target: lower(target, context), value, ...at(whole) }
  const taken = many(target, 'properties').flatMap((item): readonly Assignment[] => {
    if (item.type !== 'ObjectProperty') return []
    const bound = one(item, 'value')
    const local = bound.type === 'AssignmentPattern' ? one(bound, 'left') : bound
    const of: Member = { kind: 'member', of: value, property: keyOf(item), ...at(item) }
    return local.type === 'Identifier' ? [{ kind: 'assignment', target: lower(local, context), value: of, ...at(item) }] : []
  })
  return { kind: 'other', children: [value, ...taken], ...at(whole) }
}

function property(node: Syntax, context: Context): Expression {
  if (!isCode(node['value'])) return other(node, context)
  const target: Member = { kind: 'member', of: { kind: 'name', id: 'this', ...at(node) }, property: keyOf(node), ...at(one(node, 'key')) }
  return { kind: 'assignment', target, value: lower(one(node, 'value'), context), ...at(node) }
}

function routine(node: Syntax, context: Context): Routine {
  const name = String((node['id'] as Syntax | null)?.['name'] ?? (node['key'] === undefined ? '' : keyOf(node)))
  const parameters = many(node, 'params').flatMap((parameter) => (parameter.type === 'Identifier' ? [String(parameter['name'])] : []))
  const bound = many(node, 'params').filter(({ type }) => type !== 'Identifier')
  const body = [...bound, one(node, 'body'), ...((node['decorators'] as readonly Syntax[] | null) ?? [])].filter(isCode)
  return { kind: 'routine', name, parameters, body: body.map((part) => lower(part, context)), ...at(node) }
}

function importDeclaration(node: Syntax, context: Context): Expression {
  const module = String(one(node, 'source')['value'])
  for (const specifier of many(node, 'specifiers')) {
    const local = String(one(specifier, 'local')['name'])
    const imported = specifier['imported'] as Syntax | undefined
    const name = imported === undefined ? undefined : String(imported['name'] ?? imported['value'])
    context.imports.push({ local, module, ...(name === undefined || name === 'default' ? {} : { name }) })
  }
  return { kind: 'other', children: [], ...at(node) }
}

function importEquals(node: Syntax, context: Context): Expression {
  const reference = one(node, 'moduleReference')
  const module = reference.type === 'TSExternalModuleReference' ? textOf(one(reference, 'expression')) : undefined
  if (module !== undefined) context.imports.push({ local: String(one(node, 'id')['name']), module })
  return { kind: 'other', children: [], ...at(node) }
}
