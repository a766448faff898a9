/** `latchwork users …`: people of a running server, and what the configuration needs to declare one. */
import type { Command } from '../command.ts'
import { WrongUsage } from '../failure.ts'
import { readSecretFile } from '../secret-file.ts'
import { callServer, pageFlags, serverFlags } from '../server-call.ts'
import { showList, shown } from './lists.ts'

export const userCommands: readonly Command[] = [
  {
    name: 'users hash-password',
    summary: 'Hash a password with Argon2id, to declare a person in the configuration.',
    flags: [
      { name: 'password-file', value: 'FILE', help: 'Where the password is; - for standard input, which is read unless said otherwise.' },
      { name: 'email', value: 'ADDRESS', help: "The person's address: a password like it is refused." },
    ],
    example: ['latchwork users hash-password --password-file ada.password', 'systemd-ask-password | latchwork users hash-password'],
    more: "Declare it: users: [{ email: 'ada@example.com', passwordHash: '…', operator: true }].",
    async run({ terminal, text, wantsJson }) {
      const password = (await readSecretFile(text('password-file') ?? '-', terminal)).replace(/[\r\n]+$/, '')
      if (password === '') throw new WrongUsage('There is no password.', 'Give it by standard input, or by --password-file.')
      const { checkPasswordStrength, hashPassword } = await import('@latchwork/accounts')
      checkPasswordStrength(password, text('email') ?? '')
      const passwordHash = await hashPassword(password)
      terminal.out(wantsJson ? JSON.stringify({ passwordHash }) : passwordHash)
      return 0
    },
  },
  {
    name: 'users list',
    summary: 'List people, newest first.',
    flags: [{ name: 'email', value: 'ADDRESS', help: 'Whoever has this address.' }, ...pageFlags, ...serverFlags],
    example: ['latchwork users list --email ada@example.com --root-key-file root.key'],
    run: (invocation) =>
      showList(invocation, {
        path: '/v1/people',
        query: { email: invocation.text('email') },
        columns: { ID: shown('id'), STATE: stateOf, ACCOUNT: shown('accountId'), EMAIL: shown('email'), NAME: shown('name') },
        none: 'There are no people.',
      }),
  },
  personCommand('disable', 'Disable a person: sessions, grants and personal access tokens end at once, and sign-in is refused.', 'disabled'),
  personCommand('enable', 'Let a disabled person sign in again; what ended stays ended.', 'enabled'),
]

function personCommand(verb: 'disable' | 'enable', summary: string, done: string): Command {
  return {
    name: `users ${verb}`,
    summary,
    operands: ['ID'],
    flags: serverFlags,
    example: [`latchwork users ${verb} usr_0VYw3kQ1abcdefghijklmn --root-key-file root.key`],
    async run(invocation) {
      const [id = ''] = invocation.operands
      await callServer(invocation, { method: 'POST', path: `/v1/people/${encodeURIComponent(id)}/${verb}` })
      invocation.terminal.out(invocation.wantsJson ? JSON.stringify({ id, [done]: true }) : `Person ${id} is ${done}.`)
      return 0
    },
  }
}

function stateOf(person: Readonly<Record<string, unknown>>): string {
  if (person['disabledAt'] !== undefined) return 'disabled'
  return person['operator'] === true ? 'operator' : 'active'
}
