/** `latchwork keys use`, `networks`, `unused`; `latchwork alerts list`: how keys are used, and what was told of it. */
import type { Command, Invocation } from '../command.ts'
import { Failure } from '../failure.ts'
import { callServer, pageFlags, serverFlags } from '../server-call.ts'
import { table } from '../terminal.ts'
import { showList, shown } from './lists.ts'

type Item = Readonly<Record<string, unknown>>

export const keyUseCommands: readonly Command[] = [
  {
    name: 'keys use',
    summary: 'Show how a key was used, hour by hour, and when it was used last.',
    operands: ['ID'],
    flags: [
      { name: 'from', value: 'TIME', help: 'The first hour; a day before the last unless said otherwise.' },
      { name: 'to', value: 'TIME', help: 'The last hour; now unless said otherwise.' },
      ...serverFlags,
    ],
    example: ['latchwork keys use key_0VYw3kQ1abcdefghijklmn --root-key-file root.key'],
    run: showUse,
  },
  {
    name: 'keys networks',
    summary: 'Show the networks a key was used from.',
    operands: ['ID'],
    flags: serverFlags,
    example: ['latchwork keys networks key_0VYw3kQ1abcdefghijklmn --root-key-file root.key'],
    run: (invocation) =>
      showList(invocation, {
        path: `/v1/keys/${encodeURIComponent(invocation.operands[0] ?? '')}/networks`,
        columns: { NETWORK: shown('network'), 'FIRST SEEN': shown('firstSeenAt'), 'LAST SEEN': shown('lastSeenAt') },
        none: () => withoutNetworks(invocation),
      }),
  },
  {
    name: 'keys unused',
    summary: 'List active keys that were not used for a while.',
    flags: [
      { name: 'days', value: 'N', help: 'For how many days; as the server is configured unless said otherwise.' },
      { name: 'account', value: 'ID', help: 'Of this account alone.' },
      ...pageFlags,
      ...serverFlags,
    ],
    example: ['latchwork keys unused --days 90 --root-key-file root.key'],
    run: (invocation) =>
      showList(invocation, {
        path: '/v1/keys/unused',
        query: { days: invocation.text('days'), accountId: invocation.text('account') },
        columns: { ID: shown('id'), KEY: shown('fingerprint'), 'LAST USED': shown('lastUsedAt'), MADE: shown('createdAt'), NAME: shown('name') },
        none: 'No key has been unused for that long.',
      }),
  },
  {
    name: 'alerts list',
    summary: 'List what became of alerts on their way out, newest first.',
    flags: [
      { name: 'state', value: 'waiting|delivered|given_up', help: 'Of these alone.' },
      { name: 'channel', value: 'webhook|email|owner', help: 'On this way alone; owner: by mail to whom the credential belongs.' },
      ...pageFlags,
      ...serverFlags,
    ],
    example: ['latchwork alerts list --state given_up --root-key-file root.key'],
    run: (invocation) =>
      showList(invocation, {
        path: '/v1/alerts/deliveries',
        query: { state: invocation.text('state'), channel: invocation.text('channel') },
        columns: { ID: shown('id'), STATE: shown('state'), TRIES: shown('attempts'), MADE: shown('createdAt'), OUTCOME: shown('lastOutcome') },
        none: 'There are no alerts, or nowhere to send them: see alerts.webhook.url and alerts.emailTo.',
      }),
  },
]

async function showUse(invocation: Invocation): Promise<number> {
  const { terminal, wantsJson, text, operands } = invocation
  const path = `/v1/keys/${encodeURIComponent(operands[0] ?? '')}/use`
  const answer = (await callServer(invocation, { method: 'GET', path, query: { from: text('from'), to: text('to') } })) as Item
  if (!Array.isArray(answer['items'])) throw new Failure('The server gave an answer that is not understood.', 'Check the address given with --server.')
  if (wantsJson) {
    terminal.out(JSON.stringify(answer))
    return 0
  }
  const items = answer['items'] as readonly Item[]
  terminal.out(lastUse(answer))
  if (items.length === 0) terminal.out('There was no use in this time.')
  else {
    const hours = [...new Set(items.map(shown('hour')))]
    terminal.out(
      table(
        ['HOUR', 'VALID', 'REFUSED'],
        hours.map((hour) =>
          rowOf(
            hour,
            items.filter((item) => item['hour'] === hour),
          ),
        ),
      ),
    )
  }
  return 0
}

/** A key may have been used all the same: a verifier need not say where its caller is. */
async function withoutNetworks(invocation: Invocation): Promise<string> {
  const key = (await callServer(invocation, { method: 'GET', path: `/v1/keys/${encodeURIComponent(invocation.operands[0] ?? '')}` })) as Item
  if (key['lastUsedAt'] === undefined) return 'The key was not used yet.'
  return `${lastUse(key)} No network is known: whoever verified it did not say where its caller was.`
}

function lastUse(answer: Item): string {
  if (answer['lastUsedAt'] === undefined) return 'Never used.'
  const from = answer['lastUsedAddress'] === undefined ? '' : ` from ${shown('lastUsedAddress')(answer)}`
  const by = answer['lastUsedUserAgent'] === undefined ? '' : ` by ${shown('lastUsedUserAgent')(answer)}`
  return `Last used ${shown('lastUsedAt')(answer)}${from}${by}.`
}

function rowOf(hour: string, items: readonly Item[]): readonly string[] {
  const valid = items.find((item) => item['outcome'] === 'valid')
  const refused = items.filter((item) => item['outcome'] !== 'valid').map((item) => `${shown('outcome')(item)} ${shown('count')(item)}`)
  return [hour.replace(/:00\.000Z$/, 'Z'), valid === undefined ? '0' : shown('count')(valid), refused.join(', ') || '-']
}
