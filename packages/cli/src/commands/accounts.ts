/** `latchwork accounts …`: accounts (organisations) that keys belong to, and their members. */
import type { Command, Invocation } from '../command.ts'
import { callServer, serverFlags } from '../server-call.ts'
import { textAt } from './shown-secret.ts'

export const accountCommands: readonly Command[] = [
  {
    name: 'accounts create',
    summary: 'Make an account: a customer or organisation that keys belong to.',
    flags: [{ name: 'name', value: 'TEXT', help: 'What it is called.', isRequired: true }, ...serverFlags],
    example: ['latchwork accounts create --name "Acme" --root-key-file root.key'],
    async run(invocation) {
      const account = await callServer(invocation, { method: 'POST', path: '/v1/accounts', body: { name: invocation.required('name') } })
      return say(invocation, account, `Account ${textAt(account, 'id')} is made.`)
    },
  },
  {
    ...ofMember('add', 'Make a person a member of an account.'),
    async run(invocation) {
      const [account, user] = namesOf(invocation)
      const added = await callServer(invocation, { method: 'POST', path: `${at(account)}/members`, body: { userId: user } })
      return say(invocation, added, `${user} is a member of ${account}.`)
    },
  },
  {
    ...ofMember('remove', 'End a membership, and the tokens that stand for the person there.'),
    more: 'Other keys that the person made live on: end them with latchwork accounts members end-keys.',
    async run(invocation) {
      const [account, user] = namesOf(invocation)
      await callServer(invocation, { method: 'DELETE', path: `${at(account)}/members/${encodeURIComponent(user)}` })
      return say(invocation, { accountId: account, userId: user, removed: true }, `${user} is no member of ${account} any more.`)
    },
  },
  {
    ...ofMember('end-keys', 'Revoke every key that a member made, at once; also after they left.'),
    async run(invocation) {
      const [account, user] = namesOf(invocation)
      const answer = await callServer(invocation, { method: 'POST', path: `${at(account)}/members/${encodeURIComponent(user)}/keys/end` })
      const { revoked } = answer as { readonly revoked: readonly unknown[] }
      const ids = revoked.map((key) => textAt(key, 'id'))
      return say(invocation, answer, ids.length === 0 ? 'There was none.' : `Revoked:\n${ids.map((id) => `  ${id}`).join('\n')}`)
    },
  },
]

function ofMember(verb: string, summary: string) {
  return {
    name: `accounts members ${verb}`,
    summary,
    operands: ['ACCOUNT', 'USER'],
    flags: serverFlags,
    example: [`latchwork accounts members ${verb} acc_0VYw3kQ1abcdefghijklmn \\`, '    usr_0VYw3kQ1abcdefghijklmn --root-key-file root.key'],
  }
}

const at = (account: string): string => `/v1/accounts/${encodeURIComponent(account)}`

function namesOf({ operands: [account = '', user = ''] }: Invocation): readonly [account: string, user: string] {
  return [account, user]
}

function say({ terminal, wantsJson }: Invocation, answer: unknown, words: string): number {
  terminal.out(wantsJson ? JSON.stringify(answer) : words)
  return 0
}
