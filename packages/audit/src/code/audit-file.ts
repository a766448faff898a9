/** One file: parsed, walked once, every rule tried on each node. */
import { type Finding, type Note, type Report, reportOf, textOf } from '../finding.ts'
import { limits } from '../limits.ts'
import { allowanceFor, readAllowances } from './allow.ts'
import type { CodeRule, Scene } from './code-rule.ts'
import { type Call, childrenOf, type Expression, type Language } from './expression.ts'
import { lowerJavaScript } from './lower-javascript.ts'
import { lowerPython } from './lower-python.ts'
import { type Module, moduleOf, pathOf } from './module.ts'
import { codeRules } from './rules/index.ts'
import { lineStartsOf, placeOf, snippetOf } from './snippet.ts'

const dialects: readonly (readonly [RegExp, Language])[] = [
  [/\.(?:[cm]?[jt]s|[jt]sx)$/, 'javascript'],
  [/\.pyi?$/, 'python'],
]

/** `undefined`: no file that is looked at. */
export function languageOf(path: string): Language | undefined {
  return /\.d\.[cm]?ts$|\.min\.[cm]?js$/.test(path) ? undefined : dialects.find(([name]) => name.test(path))?.[1]
}

/** @param path as it is told of; its ending says what language it is. */
export function auditFile(path: string, text: string, rules: readonly CodeRule[] = codeRules): Report {
  const language = languageOf(path)
  if (language === undefined) return reportOf({})
  try {
    const lowered = language === 'javascript' ? lowerJavaScript(text, path) : lowerPython(text)
    return judge(moduleOf(path, language, text, lowered), rules)
  } catch (error) {
    const why = error instanceof RangeError ? 'is nested too deeply to be read' : `cannot be read as ${language} (${(error as Error).message.split('\n')[0]})`
    return reportOf({ notes: [{ at: path, text: why }] })
  }
}

type Handler = (node: Expression, scene: Scene, path: string) => Expression | false | undefined
type Handlers = ReadonlyMap<Expression['kind'], readonly { readonly rule: CodeRule; readonly check: Handler }[]>

const prepared = new WeakMap<readonly CodeRule[], Readonly<Record<Language, Handlers>>>()

function handlersOf(rules: readonly CodeRule[], language: Language): Handlers {
  let handlers = prepared.get(rules)
  if (handlers === undefined) {
    handlers = { javascript: gather(rules, 'javascript'), python: gather(rules, 'python') }
    prepared.set(rules, handlers)
  }
  return handlers[language]
}

function gather(rules: readonly CodeRule[], language: Language): Handlers {
  const spoken = rules.filter(({ languages }) => languages.includes(language))
  const pairs = spoken.flatMap((rule) =>
    Object.entries(rule.on).map(([kind, check]) => ({ kind: kind as Expression['kind'], rule, check: check as unknown as Handler })),
  )
  return Map.groupBy(pairs, ({ kind }) => kind)
}

function judge(module: Module, rules: readonly CodeRule[]): Report {
  const found = new Map<string, { readonly rule: CodeRule; readonly place: Expression }>()
  const handlers = handlersOf(rules, module.language)
  const ancestors: Expression[] = []
  const scene: Scene = { module, ancestors }
  const visit = (node: Expression): void => {
    const path = node.kind === 'call' ? pathOf((node as Call).callee, module) : ''
    for (const { rule, check } of handlers.get(node.kind) ?? []) {
      const place = check(node, scene, path)
      if (place) found.set(`${rule.id}\0${place.start}`, { rule, place })
    }
    ancestors.push(node)
    for (const child of childrenOf(node)) visit(child)
    ancestors.pop()
  }
  visit(module.root)
  return told(module, [...found.values()])
}

function told(module: Module, found: readonly { readonly rule: CodeRule; readonly place: Expression }[]): Report {
  const { path, text } = module
  const starts = lineStartsOf(text)
  const allowances = found.length === 0 ? [] : readAllowances(text)
  const notes: Note[] = allowances
    .filter(({ reason }) => reason === '')
    .map(({ line }) => ({ at: `${path}:${line}`, text: 'allows without a reason, so that it does not count' }))
  const findings: Finding[] = []
  const counts = new Map<string, number>()
  let allowed = 0
  for (const { rule, place } of found) {
    const where = placeOf(place.start, starts, text)
    if (allowanceFor(allowances, rule.id, where.line)) allowed++
    else {
      const count = (counts.get(rule.id) ?? 0) + 1
      counts.set(rule.id, count)
      const finding = { rule: textOf(rule), risk: rule.risk, at: path, ...where, saw: snippetOf(text, starts, place.start, rule.hidesTexts === true) }
      if (count <= limits.findingsPerRuleAndFile) findings.push(finding)
    }
  }
  for (const [id, count] of counts)
    if (count > limits.findingsPerRuleAndFile)
      notes.push({ at: path, text: `has ${count} findings of ${id}; the first ${limits.findingsPerRuleAndFile} are told` })
  findings.sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0))
  return reportOf({ findings, notes, counts: { files: 1, lines: starts.length, allowed } })
}
