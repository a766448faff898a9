/** `latchwork accounts …`: organisations that keys, applications and members belong to. */
import type { Command, Invocation } from '../command.ts'
import { callServer, pageFlags, serverFlags } from '../server-call.ts'
import { rollKeysCommand } from './accounts-roll-keys.ts'
import { filterFlags, filtersOf, showList, shown, stateFlag } from './lists.ts'
import { sameServer } from './same-server.ts'
import { textAt } from './shown-secret.ts'

const EXAMPLE = 'acc_0VYw3kQ1abcdefghijklmn'
const PERSON = 'usr_0VYw3kQ1abcdefghijklmn'

export const accountCommands: readonly Command[] = [
  {
    name: 'accounts create',
    summary: 'Make an account for an organisation.',
    flags: [{ name: 'name', value: 'TEXT', help: 'What the organisation is called.', isRequired: true }, ...serverFlags],
    example: ['latchwork accounts create --name "Acme" --root-key-file root.key'],
    async run(invocation) {
      const account = await callServer(invocation, { method: 'POST', path: '/v1/accounts', body: { name: invocation.required('name') } })
      return say(invocation, account, `Account ${textAt(account, 'id')} is made.`)
    },
  },
  {
    name: 'accounts list',
    summary: 'List accounts, newest first.',
    flags: [...filterFlags, stateFlag, ...pageFlags, ...serverFlags],
    example: ['latchwork accounts list --name acme --root-key-file root.key'],
    run: (invocation) =>
      showList(invocation, {
        path: '/v1/accounts',
        query: { ...filtersOf(invocation), state: invocation.text('state') },
        columns: {
          ID: shown('id'),
          STATE: (account) => (account['disabledAt'] === undefined ? 'active' : 'disabled'),
          MADE: shown('createdAt'),
          NAME: shown('name'),
        },
        none: 'There are no accounts.',
      }),
  },
  {
    name: 'accounts rename',
    summary: 'Give an account another name.',
    operands: ['ID'],
    flags: [{ name: 'name', value: 'TEXT', help: 'What the organisation is called.', isRequired: true }, ...serverFlags],
    example: [`latchwork accounts rename ${EXAMPLE} \\`, '    --name "Acme Ltd" --root-key-file root.key'],
    async run(invocation) {
      const account = await callServer(invocation, { method: 'PATCH', path: pathOf(invocation), body: { name: invocation.required('name') } })
      return say(invocation, account, `Account ${textAt(account, 'id')} is renamed.`)
    },
  },
  stateCommand('disable', 'Stop an account: its keys, its applications, and sign-ins of people whose own it is.', 'disabled, at once and everywhere'),
  stateCommand('enable', 'Let a disabled account go on.', 'enabled'),
  {
    name: 'accounts members',
    summary: 'List the members of an account, newest first.',
    operands: ['ID'],
    flags: [{ name: 'role', value: 'owner|member', help: 'owner: whose own account it is.' }, ...pageFlags, ...serverFlags],
    example: [`latchwork accounts members ${EXAMPLE} --root-key-file root.key`],
    run: (invocation) =>
      showList(invocation, {
        path: `${pathOf(invocation)}/members`,
        query: { role: invocation.text('role') },
        columns: { ID: shown('userId'), ROLE: shown('role'), SINCE: shown('since'), EMAIL: shown('email'), NAME: shown('name') },
        none: 'The account has no members.',
      }),
  },
  {
    name: 'accounts add-member',
    summary: 'Make a person a member of an account.',
    operands: ['ID', 'PERSON'],
    flags: serverFlags,
    example: [`latchwork accounts add-member ${EXAMPLE} \\`, `    ${PERSON} --root-key-file root.key`],
    async run(invocation) {
      const [, userId = ''] = invocation.operands
      const member = await callServer(invocation, { method: 'POST', path: `${pathOf(invocation)}/members`, body: { userId } })
      return say(invocation, member, `Person ${userId} is a member now.`)
    },
  },
  {
    name: 'accounts remove-member',
    summary: 'End a membership; see "keys list --made-by" for keys that stay.',
    operands: ['ID', 'PERSON'],
    flags: serverFlags,
    example: [`latchwork accounts remove-member ${EXAMPLE} \\`, `    ${PERSON} --root-key-file root.key`],
    async run(invocation) {
      const [accountId = '', userId = ''] = invocation.operands
      await callServer(invocation, { method: 'DELETE', path: `${pathOf(invocation)}/members/${encodeURIComponent(userId)}` })
      return say(
        invocation,
        { accountId, userId, removed: true },
        `Person ${userId} is no member any more. Keys they made:  latchwork keys list --account ${accountId} --made-by ${userId}${sameServer(invocation)}`,
      )
    },
  },
  rollKeysCommand,
  {
    name: 'accounts end-keys',
    summary: 'Revoke every key that a member made, at once; also after they left.',
    operands: ['ID', 'PERSON'],
    flags: serverFlags,
    example: [`latchwork accounts end-keys ${EXAMPLE} \\`, `    ${PERSON} --root-key-file root.key`],
    async run(invocation) {
      const [, userId = ''] = invocation.operands
      const answer = await callServer(invocation, { method: 'POST', path: `${pathOf(invocation)}/members/${encodeURIComponent(userId)}/keys/end` })
      const { revoked } = answer as { readonly revoked: readonly unknown[] }
      return say(invocation, answer, revoked.length === 0 ? 'There was none.' : `Revoked: ${revoked.map((key) => textAt(key, 'id')).join(' ')}`)
    },
  },
]

function stateCommand(verb: 'disable' | 'enable', summary: string, done: string): Command {
  return {
    name: `accounts ${verb}`,
    summary,
    operands: ['ID'],
    flags: serverFlags,
    example: [`latchwork accounts ${verb} ${EXAMPLE} --root-key-file root.key`],
    async run(invocation) {
      const [id = ''] = invocation.operands
      await callServer(invocation, { method: 'POST', path: `${pathOf(invocation)}/${verb}` })
      return say(invocation, { id, [`${verb}d`]: true }, `Account ${id} is ${done}.`)
    },
  }
}

function pathOf({ operands: [id = ''] }: Invocation): string {
  return `/v1/accounts/${encodeURIComponent(id)}`
}

function say({ terminal, wantsJson }: Invocation, answer: unknown, words: string): number {
  terminal.out(wantsJson ? JSON.stringify(answer) : words)
  return 0
}
