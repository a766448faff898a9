/** `latchwork users …`: what the configuration needs to declare a person. */
import type { Command } from '../command.ts'
import { WrongUsage } from '../failure.ts'
import { readSecretFile } from '../secret-file.ts'
import { callServer, serverFlags } from '../server-call.ts'

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
