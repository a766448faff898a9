/** Help, made from the table of commands. */
import type { Command, Flag } from './command.ts'
import { commonFlags } from './parse-arguments.ts'
import { type Terminal, wrap } from './terminal.ts'

const LEFT = 28

export function commandHelp(command: Command, { paint }: Terminal): string {
  const usage = [
    'latchwork',
    command.name,
    ...(command.operands ?? []),
    command.moreOperands === undefined ? '' : `[${command.moreOperands} …]`,
    command.flags.length > 0 ? '[flags]' : '',
  ]
    .filter((word) => word !== '')
    .join(' ')
  return [
    wrap(command.summary),
    '',
    paint('bold', 'Usage'),
    `  ${usage}`,
    '',
    paint('bold', command.example.length === 1 ? 'Example' : 'Examples'),
    ...command.example.map((line) => `  ${line}`),
    '',
    paint('bold', 'Flags'),
    ...[...command.flags, ...commonFlags].map(flagLine),
    ...(command.more === undefined ? [] : ['', wrap(command.more)]),
  ].join('\n')
}

export function flagLine(flag: Flag): string {
  const name = flag.canBeNegated ? `--[no-]${flag.name}` : `--${flag.name}`
  const left = `  ${name}${flag.value === undefined ? '' : ` ${flag.value}`}`
  const help = `${flag.help}${flag.isRequired ? ' Required.' : ''}${flag.isRepeatable ? ' May be repeated.' : ''}`
  return left.length < LEFT ? `${left.padEnd(LEFT)}${wrap(help, LEFT)}` : `${left}\n${' '.repeat(LEFT)}${wrap(help, LEFT)}`
}

/** Of the commands that begin with the same words. */
export function groupHelp(group: string, commands: readonly Command[], { paint }: Terminal): string {
  return [
    paint('bold', 'Usage'),
    `  latchwork ${group} COMMAND [flags]`,
    '',
    paint('bold', 'Commands'),
    ...commands.map(summaryLine),
    '',
    wrap(`latchwork ${group} COMMAND --help says more, with an example.`),
  ].join('\n')
}

export function overview(commands: readonly Command[], { paint }: Terminal): string {
  return [
    'Latchwork: API keys, JWT sessions and OAuth 2.1 from one server.',
    '',
    paint('bold', 'Usage'),
    '  latchwork COMMAND [flags]',
    '',
    paint('bold', 'Commands'),
    ...overviewLines(commands),
    '',
    wrap(
      'latchwork COMMAND --help says more, with an example; latchwork keys --help lists the commands that begin with keys. Every command takes --json. Secrets are read from files, the environment or standard input, never from arguments.',
    ),
    '',
    'Exit codes: 0 done, 1 refused or failed, 2 called wrongly.',
  ].join('\n')
}

/** Large groups have one line in the overview, so that it can be read at a glance. */
const GROUPS: Readonly<Record<string, string>> = {
  accounts: 'Make, rename and disable organisations; say who belongs to them; deal with the keys of one, or of who leaves.',
  keys: 'Make, list, change, roll and revoke API keys; see how they are used; have them rotated.',
  'root-keys': 'Make, list and revoke the keys that manage a server.',
  clients: 'Register, list, change and disable applications.',
  users: 'List, change and disable people; hash a password.',
  events: 'List what happened, follow it, export it.',
  generate: 'Make secrets, passphrases, key pairs and PKCE values.',
}

function overviewLines(commands: readonly Command[]): readonly string[] {
  const lines = commands.map((command) => {
    const [group = ''] = command.name.split(' ', 1)
    const words = Object.hasOwn(GROUPS, group) ? GROUPS[group] : undefined
    return words === undefined ? summaryLine(command) : summaryLine({ name: `${group} …`, summary: words })
  })
  return [...new Set(lines)]
}

export function summaryLine({ name, summary }: Pick<Command, 'name' | 'summary'>): string {
  return `  ${name.padEnd(LEFT - 2)}${wrap(summary, LEFT)}`
}
