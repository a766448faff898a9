/** Python as the tree of the rules. */
import type { SyntaxNode } from '@lezer/common'
import { parser } from '@lezer/python'
import type { Call, Entry, Expression, Other, Template } from './expression.ts'
import type { Import, Lowered } from './module.ts'

interface Context {
  readonly text: string
  readonly imports: Import[]
}

type Lower = (node: SyntaxNode, context: Context) => Expression

export function lowerPython(text: string): Lowered {
  const context: Context = { text, imports: [] }
  return { root: lower(parser.parse(text).topNode, context), imports: context.imports }
}

const at = ({ from, to }: SyntaxNode) => ({ start: from, end: to })
const textAt = ({ from, to }: SyntaxNode, { text }: Context): string => text.slice(from, to)

function childrenOf(node: SyntaxNode): readonly SyntaxNode[] {
  const children: SyntaxNode[] = []
  for (let child = node.firstChild; child !== null; child = child.nextSibling) children.push(child)
  return children
}

const PUNCTUATION =
  /^[^A-Za-z]+$|^(?:async|await|def|class|return|if|elif|else|for|in|with|as|not|lambda|import|from|AssignOp|CompareOp|ArithOp|Comment|TypeDef)$/

const isCode = ({ name }: SyntaxNode): boolean => !PUNCTUATION.test(name)

function lower(node: SyntaxNode, context: Context): Expression {
  const special = Object.hasOwn(forms, node.name) ? forms[node.name] : undefined
  return special === undefined ? other(node, context) : special(node, context)
}

function lowerAll(nodes: readonly SyntaxNode[], context: Context): readonly Expression[] {
  return nodes.filter(isCode).map((child) => lower(child, context))
}

function other(node: SyntaxNode, context: Context): Other {
  return { kind: 'other', children: lowerAll(childrenOf(node), context), ...at(node) }
}

function only(node: SyntaxNode, context: Context): Expression {
  const [inside, second] = childrenOf(node).filter(isCode)
  return inside === undefined || second !== undefined ? other(node, context) : lower(inside, context)
}

const forms: Readonly<Record<string, Lower>> = {
  VariableName: (node, context) => ({ kind: 'name', id: textAt(node, context), ...at(node) }),
  String: (node, context) => ({ kind: 'text', value: stringValue(textAt(node, context)), ...at(node) }),
  FormatString: formatString,
  ContinuedString: continuedString,
  Number: (node, context) => ({ kind: 'number', value: Number(textAt(node, context).replaceAll('_', '')), ...at(node) }),
  Boolean: (node, context) => ({ kind: 'constant', value: textAt(node, context) === 'True', ...at(node) }),
  None: (node) => ({ kind: 'constant', value: null, ...at(node) }),
  MemberExpression: memberExpression,
  CallExpression: callExpression,
  DictionaryExpression: dictionary,
  ArrayExpression: list,
  TupleExpression: list,
  SetExpression: list,
  ParenthesizedExpression: only,
  AwaitExpression: only,
  BinaryExpression: operation,
  AssignStatement: assignment,
  FunctionDefinition: functionDefinition,
  LambdaExpression: functionDefinition,
  Decorator: decorator,
  ImportStatement: importStatement,
}

/** Without prefix and quotes. Escapes stay as they are: nothing that is looked for has any. */
function stringValue(text: string): string {
  return text.replace(/^[A-Za-z]*("""|'''|"|')([\s\S]*)\1$/, '$2')
}

function formatString(node: SyntaxNode, context: Context): Template {
  const parts: (string | Expression)[] = []
  let from = node.from
  for (const replacement of childrenOf(node)) {
    if (replacement.name !== 'FormatReplacement') continue
    parts.push(context.text.slice(from, replacement.from))
    parts.push(only(replacement, context))
    from = replacement.to
  }
  parts.push(context.text.slice(from, node.to))
  const [first, last] = [parts[0], parts.at(-1)]
  if (typeof first === 'string') parts[0] = first.replace(/^[A-Za-z]*("""|'''|"|')/, '')
  if (typeof last === 'string') parts[parts.length - 1] = last.replace(/("""|'''|"|')$/, '')
  return { kind: 'template', parts, ...at(node) }
}

function continuedString(node: SyntaxNode, context: Context): Expression {
  const parts = lowerAll(childrenOf(node), context).flatMap((part) => (part.kind === 'text' ? [part.value] : part.kind === 'template' ? part.parts : [part]))
  if (parts.every((part) => typeof part === 'string')) return { kind: 'text', value: parts.join(''), ...at(node) }
  return { kind: 'template', parts, ...at(node) }
}

function memberExpression(node: SyntaxNode, context: Context): Expression {
  const [of, ...rest] = childrenOf(node).filter(isCode)
  if (of === undefined) return other(node, context)
  const inside = lower(of, context)
  const [property] = rest
  if (property?.name === 'PropertyName') return { kind: 'member', of: inside, property: textAt(property, context), ...at(node) }
  const computed = property === undefined ? other(node, context) : lower(property, context)
  return { kind: 'member', of: inside, ...(computed.kind === 'text' ? { property: computed.value } : { computed }), ...at(node) }
}

function callExpression(node: SyntaxNode, context: Context): Expression {
  const [callee, list] = childrenOf(node)
  if (callee === undefined) return other(node, context)
  return { kind: 'call', callee: lower(callee, context), ...argumentsOf(list, context), ...at(node) }
}

function argumentsOf(list: SyntaxNode | undefined, context: Context): Pick<Call, 'args' | 'named' | 'isOpen'> {
  const args: Expression[] = []
  const named = new Map<string, Expression>()
  const parts = list === undefined ? [] : childrenOf(list)
  let isOpen = false
  for (const [index, part] of parts.entries()) {
    if (part.name === '*' || part.name === '**') isOpen = true
    const previous = parts[index - 1]
    const isValue = previous?.name === 'AssignOp'
    if (!isCode(part) || parts[index + 1]?.name === 'AssignOp') continue
    const name = isValue ? parts[index - 2] : undefined
    if (name === undefined) args.push(lower(part, context))
    else named.set(textAt(name, context), lower(part, context))
  }
  return { args, named, isOpen }
}

function dictionary(node: SyntaxNode, context: Context): Expression {
  const parts = childrenOf(node)
  const entries = parts.flatMap((part, index): readonly Entry[] => {
    const [key, value] = [parts[index - 1], parts[index + 1]]
    if (part.name !== ':' || key === undefined || value === undefined) return []
    const named = lower(key, context)
    return [{ key: named.kind === 'text' ? named.value : '', value: lower(value, context), start: key.from, end: value.to }]
  })
  return { kind: 'fields', entries, isOpen: parts.some(({ name }) => name === '**'), ...at(node) }
}

function list(node: SyntaxNode, context: Context): Expression {
  return { kind: 'list', items: lowerAll(childrenOf(node), context), ...at(node) }
}

function operation(node: SyntaxNode, context: Context): Expression {
  const [left, operator, right] = childrenOf(node)
  if (left === undefined || operator === undefined || right === undefined) return other(node, context)
  return { kind: 'operation', operator: textAt(operator, context), left: lower(left, context), right: lower(right, context), ...at(node) }
}

/** `a = b = c` and `a, b = c` stay whole inside: only one target gives a binding. */
function assignment(node: SyntaxNode, context: Context): Expression {
  const parts = childrenOf(node).filter(({ name }) => name !== 'TypeDef')
  const [target, operator, value] = parts
  if (parts.length !== 3 || target === undefined || operator?.name !== 'AssignOp' || value === undefined) return other(node, context)
  return { kind: 'assignment', target: lower(target, context), value: lower(value, context), ...at(node) }
}

function functionDefinition(node: SyntaxNode, context: Context): Expression {
  const children = childrenOf(node)
  const name = children.find((child) => child.name === 'VariableName')
  const list = children.find((child) => child.name === 'ParamList')
  const parts = list === undefined ? [] : childrenOf(list)
  const parameters = parts.flatMap((part, index) => (part.name === 'VariableName' && parts[index - 1]?.name !== 'AssignOp' ? [textAt(part, context)] : []))
  const defaults = parts.filter((part, index) => isCode(part) && parts[index - 1]?.name === 'AssignOp')
  const body = [...defaults, ...children.filter((child) => child !== name && child !== list)]
  return { kind: 'routine', name: name === undefined ? '' : textAt(name, context), parameters, body: lowerAll(body, context), ...at(node) }
}

/** `@app.get('/x')` is a call, though the grammar writes it flat. */
function decorator(node: SyntaxNode, context: Context): Expression {
  const list = childrenOf(node).find(({ name }) => name === 'ArgList')
  const names = childrenOf(node).filter(({ name }) => name === 'VariableName' || name === 'PropertyName')
  const [first, ...rest] = names
  if (first === undefined) return other(node, context)
  const root: Expression = { kind: 'name', id: textAt(first, context), ...at(first) }
  const callee = rest.reduce<Expression>((of, name) => ({ kind: 'member', of, property: textAt(name, context), start: of.start, end: name.to }), root)
  return list === undefined ? callee : { kind: 'call', callee, ...argumentsOf(list, context), ...at(node) }
}

function importStatement(node: SyntaxNode, context: Context): Expression {
  const words = textAt(node, context)
    .replaceAll(/#.*$/gm, ' ')
    .replaceAll(/[()\\]/g, ' ')
  const [, module, names] = /^\s*from\s+([\w.]+)\s+import\s+([\s\S]+)$/.exec(words) ?? []
  for (const item of (names ?? words.replace(/^\s*import\s+/, '')).split(',')) {
    const [, name = '', alias] = /^\s*([\w.*]+)(?:\s+as\s+(\w+))?\s*$/.exec(item) ?? []
    if (name === '' || name === '*') continue
    if (module !== undefined) context.imports.push({ local: alias ?? name, module, name })
    else if (alias !== undefined) context.imports.push({ local: alias, module: name })
    else context.imports.push({ local: name.split('.')[0] ?? name, module: name.split('.')[0] ?? name })
  }
  return { kind: 'other', children: [], ...at(node) }
}
