/** `latchwork events …`: what happened at a running server. */
import type { Command, Flag, Invocation } from '../command.ts'
import { WrongUsage } from '../failure.ts'
import { linesFromServer, pageFlags, serverFlags } from '../server-call.ts'
import { acceptBreak } from './events-accept-break.ts'
import { followEvents } from './events-follow.ts'
import { verifyEvents } from './events-verify.ts'
import { showList, shown } from './lists.ts'
import { timeOf } from './time-of.ts'

type Item = Readonly<Record<string, unknown>>

const eventFlags: readonly Flag[] = [
  { name: 'type', value: 'TYPE', help: 'Of this type, such as key.created, or of all that begin so: key.', isRepeatable: true },
  { name: 'account', value: 'ID', help: 'Of this account alone.' },
  { name: 'user', value: 'ID', help: 'About this person alone.' },
  { name: 'client', value: 'ID', help: 'About this application alone.' },
  { name: 'credential', value: 'ID', help: 'About this key or token alone.' },
  { name: 'session', value: 'ID', help: 'About this login session alone.' },
  { name: 'grant', value: 'ID', help: 'About this grant alone.' },
  { name: 'by', value: 'ID', help: 'Done by this root key, person, client or key.' },
  { name: 'address', value: 'ADDRESS', help: 'Asked for from this address.' },
  { name: 'reason', value: 'REASON', help: 'With exactly this reason, such as credential_expired.' },
  { name: 'reference', value: 'REFERENCE', help: 'The refused request whose page or answer showed this reference.' },
  { name: 'since', value: 'TIME', help: 'At this time or later: 2027-01-31T12:00:00Z, or 90m, 2h, 7d ago.' },
]
const untilFlag: Flag = { name: 'until', value: 'TIME', help: 'Before this time.' }
const oldestFlag: Flag = { name: 'oldest-first', help: 'In the order of time; newest first unless said.' }

function queryOf(invocation: Invocation): Readonly<Record<string, string | undefined>> {
  const { text, texts } = invocation
  const types = texts('type')
  return {
    type: types.length === 0 ? undefined : types.join(','),
    accountId: text('account'),
    userId: text('user'),
    clientId: text('client'),
    credentialId: text('credential'),
    sessionId: text('session'),
    grantId: text('grant'),
    actorId: text('by'),
    address: text('address'),
    reason: text('reason'),
    reference: text('reference'),
    since: timeOf(invocation, 'since'),
    until: timeOf(invocation, 'until'),
    order: invocation.isOn('oldest-first') ? 'oldest' : undefined,
  }
}

const columns = {
  TIME: shown('at'),
  TYPE: shown('type'),
  BY: ({ actor }: Item) => shown('id')(actor as Item).replace(/^-$/, shown('kind')(actor as Item)),
  ABOUT: (event: Item) =>
    [...new Set(['credentialId', 'clientId', 'userId'].map((name) => shown(name)(event)))].filter((text) => text !== '-').join(' ') || '-',
  WHY: (event: Item) => {
    const [reason, why] = [shown('reason')(event), shown('why')((event['data'] ?? {}) as Item)]
    return why === '-' ? reason : `${reason} (${why})`
  },
}

export const eventCommands: readonly Command[] = [
  {
    name: 'events list',
    summary: 'List what happened, newest first, or follow what happens.',
    flags: [
      ...eventFlags,
      untilFlag,
      oldestFlag,
      { name: 'follow', help: 'Show the last ten, or those since --since, then whatever is written, until interrupted; with --json, one event a line.' },
      ...pageFlags,
      ...serverFlags,
    ],
    example: [
      'latchwork events list --type key.revoked --limit 20 --root-key-file root.key',
      'latchwork events list --account acc_acme --type key. --type token. \\',
      '    --since 7d --root-key-file root.key',
      'latchwork events list --reference 3f9c2b7a1d --root-key-file root.key',
      'latchwork events list --type request.refused --follow --root-key-file root.key',
    ],
    run(invocation) {
      const list = { path: '/v1/events', query: queryOf(invocation), columns, none: 'There are no such events.' }
      if (!invocation.isOn('follow')) return showList(invocation, list)
      const besides = ['until', 'oldest-first', 'after', 'all', 'reference'].find((name) => invocation.given[name] !== undefined)
      if (besides !== undefined) throw new WrongUsage(`--follow does not go with --${besides}.`, 'It begins with what was last and has no end.')
      return followEvents(invocation, list)
    },
  },
  {
    name: 'events export',
    summary: 'Write every event that is meant as JSON Lines, one a line.',
    flags: [...eventFlags, untilFlag, oldestFlag, ...serverFlags],
    example: ['latchwork events export --since 2027-01-01T00:00:00Z \\', '    --until 2027-02-01T00:00:00Z --root-key-file root.key > january.jsonl'],
    more: 'Neither the server nor this command holds more than a page of it. If it breaks off, the exit code is 1.',
    async run(invocation) {
      for await (const line of linesFromServer(invocation, { path: '/v1/events', query: queryOf(invocation) })) invocation.terminal.out(line)
      return 0
    },
  },
  verifyEvents,
  acceptBreak,
]
