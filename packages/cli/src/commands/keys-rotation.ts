/** `latchwork keys rotation …`, `latchwork accounts rotation …`: keys that are rotated by themselves, each successor delivered to a secret store. */
import type { Command, Flag, Invocation } from '../command.ts'
import { WrongUsage } from '../failure.ts'
import { type Call, callServer, pageFlags, serverFlags } from '../server-call.ts'
import { table } from '../terminal.ts'
import { showList, shown } from './lists.ts'
import { secondsOf } from './seconds-of.ts'

type Item = Readonly<Record<string, unknown>>

const EXAMPLE = 'key_0VYw3kQ1abcdefghijklmn'
const environmentFlag: Flag = { name: 'environment', value: 'live|test', help: 'live unless said otherwise.' }
const termFlags: readonly Flag[] = [
  { name: 'max-age', value: 'TIME', help: 'The greatest age of a key, such as 30d.' },
  { name: 'every', value: 'TIME', help: 'So long after the last rotation, such as 12h; 5 minutes at least.' },
  { name: 'cron', value: 'FIELDS', help: 'Minute, hour, day of month, month, day of week, such as "0 3 * * 1".' },
  { name: 'time-zone', value: 'ZONE', help: 'The zone --cron is meant in, such as Europe/Berlin; UTC unless said otherwise.' },
  { name: 'overlap', value: 'TIME', help: 'How long the old key lives on after the first use of the new one, such as 1h.' },
  { name: 'target', value: 'NAME', help: 'A delivery target of the configuration.', isRequired: true },
  { name: 'path', value: 'PATH', help: 'Where in the target; {key} stands for the id of the key the line began with.', isRequired: true },
]

export const keyRotationCommands: readonly Command[] = [
  {
    name: 'keys rotation set',
    summary: 'Have a key rotated by itself, and each successor delivered.',
    operands: ['ID'],
    flags: [...termFlags, ...serverFlags],
    example: [`latchwork keys rotation set ${EXAMPLE} --max-age 30d \\`, '    --target vault --path billing/nightly --root-key-file root.key'],
    run: (invocation) => show(invocation, { method: 'PUT', path: ofKey(invocation), body: termsOf(invocation) }, factsOf),
  },
  {
    name: 'keys rotation show',
    summary: 'Show when a key is rotated next, and what became of the last attempts.',
    operands: ['ID'],
    flags: serverFlags,
    example: [`latchwork keys rotation show ${EXAMPLE} \\`, '    --root-key-file root.key'],
    run: (invocation) => show(invocation, { method: 'GET', path: ofKey(invocation) }, factsOf),
  },
  {
    name: 'keys rotation run',
    summary: 'Rotate a key now.',
    operands: ['ID'],
    flags: serverFlags,
    example: [`latchwork keys rotation run ${EXAMPLE} \\`, '    --root-key-file root.key'],
    more: 'Exit code 1: the successor is made and could not be delivered yet. The old key stays good, and the server tries again.',
    async run(invocation) {
      const attempt = (await callServer(invocation, { method: 'POST', path: `${ofKey(invocation)}/run`, body: {} })) as Item
      const isDelivered = attempt['outcome'] === 'delivered'
      const { terminal, wantsJson } = invocation
      const words = isDelivered ? `Rotated: ${shown('successorId')(attempt)} is delivered` : 'Not delivered yet, and tried again'
      terminal.out(wantsJson ? JSON.stringify(attempt) : `${words} (${shown('note')(attempt)}).`)
      return isDelivered ? 0 : 1
    },
  },
  {
    name: 'keys rotation remove',
    summary: 'No longer rotate a key by itself; keys stay as they are.',
    operands: ['ID'],
    flags: serverFlags,
    example: [`latchwork keys rotation remove ${EXAMPLE} \\`, '    --root-key-file root.key'],
    run: (invocation) => remove(invocation, ofKey(invocation)),
  },
  {
    name: 'keys rotation list',
    summary: 'List keys that are rotated by themselves, newest first.',
    flags: [
      { name: 'account', value: 'ID', help: 'Of this account alone.' },
      { name: 'environment', value: 'live|test', help: 'Of this environment alone.' },
      { name: 'target', value: 'NAME', help: 'Delivered to this target alone.' },
      ...pageFlags,
      ...serverFlags,
    ],
    example: ['latchwork keys rotation list --root-key-file root.key'],
    run: (invocation) =>
      showList(invocation, {
        path: '/v1/rotations',
        query: { accountId: invocation.text('account'), ...environmentOf(invocation), target: invocation.text('target') },
        columns: {
          KEY: shown('keyId'),
          STATE: shown('state'),
          DUE: shown('dueAt'),
          FAILURES: shown('failures'),
          TARGET: shown('target'),
          PATH: shown('path'),
        },
        none: 'No key is rotated by itself.',
      }),
  },
  {
    name: 'keys rotation targets',
    summary: 'List where rotated keys can be delivered to.',
    flags: serverFlags,
    example: ['latchwork keys rotation targets --root-key-file root.key'],
    run: (invocation) =>
      showList(invocation, {
        path: '/v1/delivery-targets',
        columns: { NAME: shown('name'), KIND: shown('kind'), ACCOUNTS: shown('accounts'), ENVIRONMENTS: shown('environments') },
        none: 'There are none: declare deliveryTargets in the configuration file.',
      }),
  },
  {
    name: 'accounts rotation set',
    summary: 'Have every secret and restricted key of an account rotated by itself.',
    operands: ['ID'],
    flags: [environmentFlag, ...termFlags, ...serverFlags],
    example: ['latchwork accounts rotation set acc_acme --max-age 90d \\', '    --target vault --path "acme/{key}" --root-key-file root.key'],
    run: (invocation) =>
      show(invocation, { method: 'PUT', path: ofAccount(invocation), body: { ...termsOf(invocation), ...environmentOf(invocation) } }, factsOf),
  },
  {
    name: 'accounts rotation show',
    summary: 'Show how the keys of an account are rotated.',
    operands: ['ID'],
    flags: [environmentFlag, ...serverFlags],
    example: ['latchwork accounts rotation show acc_acme --root-key-file root.key'],
    run: (invocation) => show(invocation, { method: 'GET', path: ofAccount(invocation), query: environmentOf(invocation) }, factsOf),
  },
  {
    name: 'accounts rotation remove',
    summary: 'No longer rotate the keys of an account by itself.',
    operands: ['ID'],
    flags: [environmentFlag, ...serverFlags],
    example: ['latchwork accounts rotation remove acc_acme --root-key-file root.key'],
    run: (invocation) => remove(invocation, ofAccount(invocation), environmentOf(invocation)),
  },
]

const ofKey = ({ operands: [id = ''] }: Invocation): string => `/v1/keys/${encodeURIComponent(id)}/rotation`
const ofAccount = ({ operands: [id = ''] }: Invocation): string => `/v1/accounts/${encodeURIComponent(id)}/rotation`

function environmentOf(invocation: Invocation): Readonly<Record<string, string>> {
  const environment = invocation.text('environment')
  return environment === undefined ? {} : { environment }
}

function termsOf(invocation: Invocation): Item {
  const span = (flag: string, member: string) => {
    const text = invocation.text(flag)
    return text === undefined ? {} : { [member]: secondsOf(text, flag) }
  }
  const [cron, timeZone] = [invocation.text('cron'), invocation.text('time-zone')]
  const when = { ...span('max-age', 'maxAgeSeconds'), ...span('every', 'everySeconds'), ...(cron === undefined ? {} : { cron }) }
  if (Object.keys(when).length === 0) throw new WrongUsage('It is not said when to rotate.', 'Give --max-age 30d, --every 12h or --cron "0 3 * * 1".')
  return {
    ...when,
    ...(timeZone === undefined ? {} : { timeZone }),
    ...span('overlap', 'overlapSeconds'),
    target: invocation.required('target'),
    path: invocation.required('path'),
  }
}

async function show(invocation: Invocation, call: Call, words: (item: Item) => readonly string[]): Promise<number> {
  const item = (await callServer(invocation, call)) as Item
  invocation.terminal.out(invocation.wantsJson ? JSON.stringify(item) : words(item).join('\n'))
  return 0
}

async function remove(invocation: Invocation, path: string, query: Readonly<Record<string, string>> = {}): Promise<number> {
  const [id = ''] = invocation.operands
  await callServer(invocation, { method: 'DELETE', path, query })
  invocation.terminal.out(invocation.wantsJson ? JSON.stringify({ id, removed: true }) : `${id} is no longer rotated by itself.`)
  return 0
}

/** One fact a line, and the attempts as a table. */
function factsOf(item: Item): readonly string[] {
  const { attempts, ...facts } = item
  const names = Object.keys(facts)
  const width = Math.max(...names.map((name) => name.length))
  const lines = names.map((name) => `${name.padEnd(width)}  ${shown(name)(facts)}`)
  if (!Array.isArray(attempts) || attempts.length === 0) return lines
  const columns = [shown('at'), shown('outcome'), shown('note')]
  return [
    ...lines,
    '',
    table(
      ['ATTEMPT', 'OUTCOME', 'NOTE'],
      (attempts as readonly Item[]).map((attempt) => columns.map((cell) => cell(attempt))),
    ),
  ]
}
