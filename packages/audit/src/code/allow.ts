/** Comments that say why a finding is right as it is: `audit:allow code/token-in-url the API of the bank takes it nowhere else`. */

export interface Allowance {
  /** Of the comment; it is for this line and the next. */
  readonly line: number
  readonly rule: string
  /** Empty: then it does not count. */
  readonly reason: string
}

const COMMENT = /(?:\/\/|\/\*|#|\{\/\*)[^\n]*?\baudit:allow\s+(\S+)[ \t]*([^\n]*)/
const END = /\s*(?:\*\/\}?)?\s*$/
const SHORTEST_REASON = 8

export function readAllowances(text: string): readonly Allowance[] {
  if (!text.includes('audit:allow')) return []
  return text.split('\n').flatMap((line, index) => {
    const [, rule, said = ''] = COMMENT.exec(line) ?? []
    const reason = said.replace(END, '').replace(/^[:—–-]\s*/, '')
    return rule === undefined ? [] : [{ line: index + 1, rule, reason: reason.length < SHORTEST_REASON ? '' : reason }]
  })
}

export function allowanceFor(allowances: readonly Allowance[], rule: string, line: number): boolean {
  return allowances.some((one) => one.reason !== '' && one.rule === rule && (one.line === line || one.line === line - 1))
}
