/** A report for people: what it is, what is wrong, what it says. */
import type { Check, Member, Report, Severity, Warning } from '@latchwork/inspect'
import { printable } from '../printable.ts'
import { type Terminal, wrap } from '../terminal.ts'

type Paint = Terminal['paint']

const signs: Readonly<Record<Severity, readonly [text: string, style: Parameters<Paint>[0]]>> = {
  danger: ['DANGER', 'red'],
  warning: ['Warning', 'yellow'],
  note: ['Note', 'cyan'],
}

export function reportText(report: Report, { paint }: Pick<Terminal, 'paint'>): string {
  const { title, facts, checks, warnings, header, claims, within } = report
  const parts = [
    [paint('bold', printable(title)), ...facts.map((fact) => indented(fact))].join('\n'),
    checks.map((check) => checkLine(check, paint)).join('\n'),
    warnings.map((warning) => warningLine(warning, paint)).join('\n'),
    members('Header', header, paint),
    members('Claims', claims, paint),
    ...within.map(({ name, report: inner }) => `${paint('bold', printable(name))}: ${reportText(inner, { paint })}`),
  ]
  return parts.filter((part) => part !== '').join('\n\n')
}

const indented = (text: string, indent = 2): string => ' '.repeat(indent) + wrap(printable(text), indent)

function checkLine({ name, passed, text }: Check, paint: Paint): string {
  return `${passed ? paint('green', 'Passed') : paint('red', 'FAILED')}  ${name}: ${wrap(printable(text), 8)}`
}

function warningLine({ severity, text }: Warning, paint: Paint): string {
  const [sign, style] = signs[severity]
  return `${paint(style, sign.padEnd(7))} ${wrap(printable(text), 8)}`
}

function members(title: string, rows: readonly Member[], paint: Paint): string {
  if (rows.length === 0) return ''
  const lines = rows.map(({ name, value, words }) => `  ${paint('cyan', printable(name))}: ${printable(JSON.stringify(value))}\n${indented(words, 6)}`)
  return [paint('bold', title), ...lines].join('\n')
}
