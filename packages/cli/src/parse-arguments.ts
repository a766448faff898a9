/** From words to an invocation. Every word is known or refused, and no secret is taken as one (E7). */
import { parseArgs } from 'node:util'
import { CREDENTIAL_PATTERN, suggestion } from '@latchwork/kernel'
import type { Command, Flag, Invocation } from './command.ts'
import { WrongUsage } from './failure.ts'
import type { Terminal } from './terminal.ts'

/** Flags of every command. */
export const commonFlags: readonly Flag[] = [
  { name: 'json', help: 'Answer in JSON.' },
  { name: 'help', help: 'Show this help.' },
]

/** Flags that people try for secrets, and where the secret goes instead. */
const secretFlags: Readonly<Record<string, string>> = {
  'root-key': 'Put it into a file and name that with --root-key-file, or set LATCHWORK_ROOT_KEY.',
  'database-url': 'Set LATCHWORK_DATABASE_URL, or LATCHWORK_DATABASE_URL_FILE, or database.url in the configuration.',
  'secret-key': 'Set LATCHWORK_SECRET_KEY, or LATCHWORK_SECRET_KEY_FILE, or secretKey in the configuration.',
  password: 'Give it by standard input, or by --password-file.',
  secret: 'Secrets are read from files, the environment or standard input.',
  'client-secret': 'Secrets are read from files, the environment or standard input.',
  key: 'Secrets are read from files, the environment or standard input.',
  token: 'Secrets are read from files, the environment or standard input.',
}

/** @throws WrongUsage when any word looks like a credential of ours. */
export function refuseSecrets(words: readonly string[]): void {
  if (!words.some((word) => word.search(CREDENTIAL_PATTERN) >= 0)) return
  throw new WrongUsage(
    'An argument holds a secret, and arguments can be read by others on this machine and stay in the history.',
    'Replace that secret, and give the new one by a file, the environment or standard input.',
  )
}

export function parseArguments(command: Command, words: readonly string[], terminal: Terminal): Invocation {
  refuseSecrets(words)
  const flags = [...command.flags, ...commonFlags]
  const options: Record<string, { type: 'string' | 'boolean'; multiple: boolean }> = {}
  for (const flag of flags) {
    options[flag.name] = { type: flag.value === undefined ? 'boolean' : 'string', multiple: true }
    if (flag.canBeNegated) options[`no-${flag.name}`] = { type: 'boolean', multiple: true }
  }
  const { tokens } = parseArgs({ args: words.map(plain), options, strict: false, allowPositionals: true, tokens: true })
  const found = new Map<string, (string | boolean)[]>()
  const operands: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(unmarked(token.value))
    if (token.kind !== 'option') continue
    const { name, value } = readFlag(flags, token)
    found.set(name, [...(found.get(name) ?? []), value])
  }
  for (const flag of flags) {
    if (!flag.isRepeatable && (found.get(flag.name)?.length ?? 0) > 1) throw new WrongUsage(`--${flag.name} is given more than once.`, 'Give it once.')
  }
  return invocationOf(command, found, operands, terminal)
}

/** An id may begin with a dash, as the thumbprint of a key does; one dash and so many letters are no flag. */
const DASHED_ID = /^-[\w-]{20,}$/
/** No argument can hold it. */
const MARK = '\0'

function plain(word: string): string {
  if (word === '-h') return '--help'
  return DASHED_ID.test(word) && !word.startsWith('--') ? `${MARK}${word}` : word
}

function unmarked(word: string): string {
  return word.startsWith(MARK) ? word.slice(MARK.length) : word
}

function readFlag(
  flags: readonly Flag[],
  token: { readonly name: string; readonly rawName: string; readonly value?: string | undefined; readonly inlineValue?: boolean | undefined },
) {
  const negated = flags.find((flag) => flag.canBeNegated && `no-${flag.name}` === token.name)
  const flag = negated ?? flags.find((one) => one.name === token.name)
  if (flag === undefined || !token.rawName.startsWith('--')) throw unknownFlag(flags, token)
  if (flag.value === undefined) {
    if (token.value !== undefined) throw new WrongUsage(`${token.rawName} takes no value.`, flag.canBeNegated && `Write --${flag.name} or --no-${flag.name}.`)
    return { name: flag.name, value: negated === undefined }
  }
  const { value } = token
  if (value === undefined || value === '' || (token.inlineValue !== true && value.startsWith('-') && value !== '-'))
    throw new WrongUsage(`--${flag.name} needs a value.`, `Write --${flag.name} ${flag.value}.`)
  const words = flag.value.split('|') // `live|test`: help says all there is
  if (words.length > 1 && !words.includes(value)) throw new WrongUsage(`--${flag.name} ${JSON.stringify(value)} is unknown.`, suggestion(value, words))
  return { name: flag.name, value: unmarked(value) }
}

function unknownFlag(flags: readonly Flag[], token: { readonly name: string; readonly rawName: string }): WrongUsage {
  const mend = Object.hasOwn(secretFlags, token.name) ? secretFlags[token.name] : undefined
  if (mend !== undefined) return new WrongUsage(`${token.rawName} is not taken: arguments can be read by others on this machine and stay in the history.`, mend)
  return new WrongUsage(
    `There is no flag ${token.rawName}.`,
    suggestion(
      token.rawName,
      flags.map((flag) => `--${flag.name}`),
    ),
  )
}

function invocationOf(
  command: Command,
  found: ReadonlyMap<string, readonly (string | boolean)[]>,
  operands: readonly string[],
  terminal: Terminal,
): Invocation {
  const texts = (name: string) => (found.get(name) ?? []).map(String)
  const text = (name: string) => texts(name)[0]
  const isOn = (name: string) => found.get(name)?.at(-1) === true
  return {
    terminal,
    wantsJson: isOn('json'),
    operands,
    text,
    texts,
    isOn,
    required: (name) => text(name) ?? missing(command, name),
    given: Object.fromEntries([...found].flatMap(([name, values]) => (values[0] === undefined ? [] : [[name, values[0]]]))),
  }
}

function missing(command: Command, name: string): never {
  const flag = command.flags.find((one) => one.name === name)
  throw new WrongUsage(`--${name} is missing.`, `${flag?.help ?? ''} Write --${name} ${flag?.value ?? ''}.`.trim())
}

/** What must be there before the command runs. */
export function checkArguments(command: Command, invocation: Invocation): void {
  for (const flag of command.flags) if (flag.isRequired) invocation.required(flag.name)
  const wanted = command.operands ?? []
  if (invocation.operands.length < wanted.length)
    throw new WrongUsage(`${wanted[invocation.operands.length]} is missing.`, `Write: latchwork ${command.name} ${wanted.join(' ')}`)
  const extra = invocation.operands[wanted.length]
  if (extra !== undefined && command.moreOperands === undefined)
    throw new WrongUsage(
      `${JSON.stringify(extra)} is not understood here.`,
      wanted.length === 0 ? 'This command takes flags only.' : `Write: latchwork ${command.name} ${wanted.join(' ')}`,
    )
}
