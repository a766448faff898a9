/** `latchwork keys verify`: whether a key may do what is asked. Exit codes: 0 it may, 1 it may not, 2 it could not be asked. */
import { keyOutcomes } from '@latchwork/verify'
import type { Command, Invocation } from '../command.ts'
import { Failure, WrongUsage } from '../failure.ts'
import { readSecretFile } from '../secret-file.ts'
import { callServer, serverFlags } from '../server-call.ts'
import { shown } from './lists.ts'

type Item = Readonly<Record<string, unknown>>

/** 1 would mean that the key is not good. */
class NotAsked extends Failure {
  override readonly exitCode = 2
}

export const keysVerifyCommand: Command = {
  name: 'keys verify',
  summary: 'Say whether a key may do what is asked, and why not; counts as a use of it.',
  flags: [
    { name: 'key-file', value: 'FILE', help: 'Where the key is; - for standard input.', isRequired: true },
    { name: 'environment', value: 'live|test', help: 'The environment that is served; either unless said.' },
    { name: 'address', value: 'ADDRESS', help: "Where the key's caller is, such as 192.0.2.7; a key that is bound to networks needs it." },
    { name: 'scope', value: 'SCOPE', help: 'What the key must be allowed, such as notes:read; all of them.', isRepeatable: true },
    { name: 'any-scope', value: 'SCOPE', help: 'The same, where one of them will do.', isRepeatable: true },
    { name: 'cost', value: 'LIMIT=N', help: 'What is taken of a limit of the key, such as steady=5; 1 unless said.', isRepeatable: true },
    { name: 'credits', value: 'N', help: 'What is taken of its credits; 1 unless said.' },
    ...serverFlags,
  ],
  example: [
    'latchwork keys verify --key-file export.key --scope notes:read \\',
    '    --address 192.0.2.7 --root-key-file root.key',
    'pbpaste | latchwork keys verify --key-file - --root-key-file root.key',
  ],
  more:
    'A key is never taken as an argument. What a valid use costs is taken, as at any other: to look alone, give --credits 0 and --cost LIMIT=0. The root key needs the scope ' +
    'credentials:verify. Exit codes: 0 the key may do it, 1 it may not, 2 it could not be asked.',
  async run(invocation) {
    const { terminal, wantsJson } = invocation
    const answer = await ask(invocation, questionOf(invocation))
    terminal.out(wantsJson ? JSON.stringify(answer) : wordsOf(answer).join('\n'))
    return answer['valid'] === true ? 0 : 1
  },
}

/** @throws WrongUsage. */
function questionOf(invocation: Invocation): Item {
  const { text, texts } = invocation
  const [environment, address, credits] = [text('environment'), text('address'), text('credits')]
  const [all, any, limits] = [texts('scope'), texts('any-scope'), texts('cost').map(costOf)]
  if (credits !== undefined && !/^\d{1,10}$/.test(credits)) throw new WrongUsage('--credits is no whole number.', 'Write --credits 5.')
  if (text('key-file') === '-' && text('root-key-file') === '-')
    throw new WrongUsage('Key and root key cannot both come by standard input.', 'Put one of them into a file, or set LATCHWORK_ROOT_KEY.')
  return {
    ...(environment === undefined ? {} : { environment }),
    ...(address === undefined ? {} : { address }),
    ...(all.length + any.length === 0 ? {} : { scopes: { ...(all.length === 0 ? {} : { all }), ...(any.length === 0 ? {} : { any }) } }),
    ...(limits.length === 0 ? {} : { limits }),
    ...(credits === undefined ? {} : { credits: Number(credits) }),
  }
}

function costOf(text: string): Item {
  const [, name, cost] = /^([^=]+)=(\d{1,10})$/.exec(text) ?? []
  if (name === undefined) throw new WrongUsage('--cost is not understood.', 'Write --cost LIMIT=N, such as --cost steady=5.')
  return { name, cost: Number(cost) }
}

async function ask(invocation: Invocation, question: Item): Promise<Item> {
  try {
    const key = await readKey(invocation)
    const answer = (await callServer(invocation, { method: 'POST', path: '/v1/keys/verify', body: { key, ...question } })) as Item
    if (typeof answer['valid'] === 'boolean' && typeof answer['code'] === 'string') return answer
    throw new Failure('The server gave an answer that is not understood.', 'Check the address given with --server.')
  } catch (error) {
    if (error instanceof Failure) throw new NotAsked(error.message, error.mend, error.facts)
    throw error
  }
}

/** What is more than one word is another file than was meant: it stays here. */
async function readKey({ required, terminal }: Invocation): Promise<string> {
  const file = required('key-file')
  const key = (await readSecretFile(file, terminal)).trimStart()
  const from = file === '-' ? 'Standard input' : file
  if (key === '') throw new Failure(`${from} is empty.`, 'Give the key, whole.')
  if (/\s/.test(key)) throw new Failure(`${from} holds more than a key.`, 'Give the key alone, in one line.')
  return key
}

function wordsOf(answer: Item): readonly string[] {
  const code = shown('code')(answer)
  const means = Object.hasOwn(keyOutcomes, code)
    ? keyOutcomes[code as keyof typeof keyOutcomes].means
    : 'An outcome that this version of the command does not know.'
  const facts = ['keyId', 'accountId', 'userId', 'externalId', 'environment', 'scopes', 'expiresAt'].filter((name) => answer[name] !== undefined)
  const lines = facts.map((name): readonly [string, string] => [name, shown(name)(answer)])
  const { credits } = answer
  const used = [...limitLines(answer['limits']), ...(isItem(credits) ? [['credits', `${shown('remaining')(credits)} left`] as const] : [])]
  const later = answer['retryAfterSeconds'] === undefined ? [] : [['try again', `in ${shown('retryAfterSeconds')(answer)} s`] as const]
  const all = [...lines, ...used, ...later]
  const width = Math.max(...all.map(([name]) => name.length))
  return [`${code}: ${means}`, ...all.map(([name, text]) => `${name.padEnd(width)}  ${text}`)]
}

function limitLines(limits: unknown): readonly (readonly [string, string])[] {
  if (!Array.isArray(limits)) return []
  return limits.filter(isItem).map((limit) => {
    const [left, count, reset] = ['remaining', 'count', 'resetSeconds'].map((name) => shown(name)(limit))
    return [`limit ${shown('name')(limit)}`, `${left} of ${count} left, whole again in ${reset} s`]
  })
}

function isItem(value: unknown): value is Item {
  return typeof value === 'object' && value !== null
}
