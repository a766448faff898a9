/** A rule over code: which kinds of nodes it looks at, and what it says of one. */
import type { RuleText } from '../rule.ts'
import type { Call, Expression, Language } from './expression.ts'
import type { Module } from './module.ts'

export interface Scene {
  readonly module: Module
  /** Outermost first; the node itself is not among them. */
  readonly ancestors: readonly Expression[]
}

/** Gives the place that is wrong. */
type Check<Node> = (node: Node, scene: Scene) => Expression | false | undefined

type Checks = { readonly [K in Exclude<Expression['kind'], 'call'>]?: Check<Extract<Expression, { readonly kind: K }>> } & {
  /** `path`: what is called, with imports and names followed. */
  readonly call?: (call: Call, scene: Scene, path: string) => Expression | false | undefined
}

export interface CodeRule extends RuleText {
  readonly languages: readonly Language[]
  readonly on: Checks
  /** The texts of the line are secrets themselves: none is shown. */
  readonly hidesTexts?: true
}

export const both: readonly Language[] = ['javascript', 'python']
export const javascript: readonly Language[] = ['javascript']

/** The nearest names around a node, innermost first, up to and including the function it stands in. */
export function namesAround({ ancestors }: Scene, node: Expression): readonly string[] {
  const names: string[] = []
  let inner = node
  for (const ancestor of ancestors.toReversed()) {
    if (ancestor.kind === 'assignment') names.push(lastWord(ancestor.target))
    else if (ancestor.kind === 'fields') names.push(ancestor.entries.find(({ value }) => value === inner)?.key ?? '')
    else if (ancestor.kind === 'call') for (const [name, value] of ancestor.named) if (value === inner) names.push(name)
    if (ancestor.kind === 'routine') {
      names.push(ancestor.name)
      if (ancestor.name !== '') break
    }
    inner = ancestor
  }
  return names.filter((name) => name !== '')
}

function lastWord(target: Expression): string {
  return target.kind === 'name' ? target.id : target.kind === 'member' ? (target.property ?? '') : ''
}
