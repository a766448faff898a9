/** Finds the command that is meant, runs it, and says how it ended. */
import { Refusal, redactCredentials, suggestion } from '@latchwork/kernel'
import { ConfigurationError } from '@latchwork/server/config'
import packageJson from '../package.json' with { type: 'json' }
import type { Command } from './command.ts'
import { commands } from './commands.ts'
import { Failure, WrongUsage } from './failure.ts'
import { commandHelp, groupHelp, overview, summaryLine } from './help.ts'
import { checkArguments, parseArguments, refuseSecrets } from './parse-arguments.ts'
import { printable } from './printable.ts'
import { type Terminal, wrap } from './terminal.ts'

const OVERVIEW_WORDS = ['help', '--help', '-h']
const VERSION_WORDS = ['version', '--version', '-v']

/** @returns the exit code: 0 done, 1 refused or failed, 2 called wrongly. */
export async function run(words: readonly string[], terminal: Terminal): Promise<number> {
  const wantsJson = words.includes('--json')
  try {
    return await dispatch(words, terminal)
  } catch (error) {
    return tell(error, terminal, wantsJson)
  }
}

async function dispatch(words: readonly string[], terminal: Terminal): Promise<number> {
  const [first] = words
  if (first === undefined || (OVERVIEW_WORDS.includes(first) && plainWords(words.slice(1)).length === 0)) {
    terminal.out(overview(commands, terminal))
    return 0
  }
  if (VERSION_WORDS.includes(first)) {
    terminal.out(words.includes('--json') ? JSON.stringify({ version: packageJson.version, node: process.version }) : `latchwork ${packageJson.version}`)
    return 0
  }
  const named = OVERVIEW_WORDS.includes(first) ? [...words.slice(1), '--help'] : words
  refuseSecrets(named)
  const command = findCommand(named)
  if ('group' in command) return showGroup(command, named, terminal)
  const rest = named.slice(command.name.split(' ').length)
  if (rest.some(isHelp)) {
    terminal.out(commandHelp(command, terminal))
    return 0
  }
  if (command.takesRest) return command.run({ ...parseArguments(command, [], terminal), operands: rest })
  const invocation = parseArguments(command, rest, terminal)
  checkArguments(command, invocation)
  return command.run(invocation)
}

function plainWords(words: readonly string[]): readonly string[] {
  return words.filter((word) => !word.startsWith('-'))
}

interface Group {
  /** The words that its commands begin with. */
  readonly group: string
  readonly commands: readonly Command[]
}

/** What was asked for goes to standard output; half a command is called wrongly. */
function showGroup({ group, commands }: Group, words: readonly string[], terminal: Terminal): number {
  if (words.some(isHelp)) {
    terminal.out(groupHelp(group, commands, terminal))
    return 0
  }
  terminal.err(commands.map(summaryLine).join('\n'))
  return 2
}

const isHelp = (word: string): boolean => word === '--help' || word === '-h'

/** The command of one to three words, or the group that the words alone name. */
function findCommand(words: readonly string[]): Command | Group {
  const [first = '', second = ''] = words
  const found = [3, 2, 1].map((count) => words.slice(0, count).join(' ')).flatMap((words) => commands.find(({ name }) => name === words) ?? [])[0]
  if (found !== undefined) return found
  const group = commands.filter(({ name }) => name.startsWith(`${first} `))
  if (group.length === 0) {
    const known = [...new Set(commands.map(({ name }) => name.split(' ')[0] ?? name)), 'help', 'version']
    throw new WrongUsage(`There is no command ${quoted(first)}.`, suggestion(first, known))
  }
  if (second === '' || isHelp(second)) return { group: first, commands: group }
  const inner = group.filter(({ name }) => name.startsWith(`${first} ${second} `))
  if (inner.length > 0) return innerOf(inner, `${first} ${second}`, words[2])
  const verbs = group.map(({ name }) => name.slice(first.length + 1))
  throw new WrongUsage(`There is no command ${quoted(`${first} ${second}`)}.`, suggestion(second, verbs))
}

function innerOf(inner: readonly Command[], group: string, third: string | undefined): Group {
  if (third !== undefined && !third.startsWith('-')) {
    const verbs = inner.map(({ name }) => name.slice(group.length + 1))
    throw new WrongUsage(`There is no command ${quoted(`${group} ${third}`)}.`, suggestion(third, verbs))
  }
  return { group, commands: inner }
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 60))
}

/** Tells an error without its stack and without any secret. Folded for a terminal; whoever reads it from a pipe gets whole lines. */
function tell(error: unknown, terminal: Terminal, wantsJson: boolean): number {
  const { exitCode, message, mend, ...facts } = told(error)
  const text = redactCredentials(message)
  if (wantsJson) {
    terminal.err(JSON.stringify({ error: { message: text, ...(mend === undefined ? {} : { mend: redactCredentials(mend) }), ...facts } }))
    return exitCode
  }
  const lines = printable([`latchwork: ${text}`, ...(mend === undefined ? [] : [`  ${redactCredentials(mend)}`])].join('\n')) // a server's words may be among them
  terminal.err(terminal.isTerminal ? folded(lines).replace('latchwork:', terminal.paint('red', 'latchwork:')) : lines)
  return exitCode
}

/** Each line by itself; what does not fit goes on below. */
function folded(text: string): string {
  const fold = (line: string, index: number): string => {
    const lead = line.search(/\S|$/)
    return line.slice(0, lead) + wrap(line.slice(lead), index === 0 ? 2 : lead)
  }
  return text.split('\n').map(fold).join('\n')
}

function told(error: unknown): { readonly exitCode: number; readonly message: string; readonly mend?: string | undefined; readonly [fact: string]: unknown } {
  if (error instanceof WrongUsage) return { exitCode: 2, message: error.message, mend: error.mend ?? 'latchwork help shows the commands.' }
  if (error instanceof Failure) return { exitCode: error.exitCode, message: error.message, mend: error.mend, ...error.facts }
  if (error instanceof ConfigurationError) return { exitCode: 1, message: error.message, problems: error.problems }
  if (error instanceof Refusal) return { exitCode: 1, message: `${error.title}.`, mend: error.detail, code: error.code }
  if (process.env['LATCHWORK_DEBUG'] && error instanceof Error) return { exitCode: 1, message: redactCredentials(error.stack ?? error.message) }
  return {
    exitCode: 1,
    message: `Something failed that should not have: ${(error as Error)?.message ?? error}`,
    mend: 'LATCHWORK_DEBUG=1 shows where. Please report it.',
  }
}
