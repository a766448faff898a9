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
    ...commands.map(summaryLine),
    '',
    wrap(
      'latchwork COMMAND --help says more, with an example. Every command takes --json. Secrets are read from files, the environment or standard input, never from arguments.',
    ),
    '',
    'Exit codes: 0 done, 1 refused or failed, 2 called wrongly.',
  ].join('\n')
}

export function summaryLine(command: Command): string {
  return `  ${command.name.padEnd(LEFT - 2)}${wrap(command.summary, LEFT)}`
}
