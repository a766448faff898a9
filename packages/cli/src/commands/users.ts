/** `latchwork users …`: people of a running server, and what the configuration needs to declare one. */
import type { Command, Invocation } from '../command.ts'
import { Failure, WrongUsage } from '../failure.ts'
import { readSecretFile } from '../secret-file.ts'
import { callServer, pageFlags, serverFlags } from '../server-call.ts'
import { filterFlags, filtersOf, showList, shown, stateFlag } from './lists.ts'

const EXAMPLE = 'usr_0VYw3kQ1abcdefghijklmn'

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
    flags: [
      { name: 'email', value: 'ADDRESS', help: 'Whoever has this address.' },
      { name: 'account', value: 'ID', help: 'Whose own account this is; for those who belong to one, see "accounts members".' },
      { name: 'operators', help: 'Operators alone.' },
      ...filterFlags,
      stateFlag,
      ...pageFlags,
      ...serverFlags,
    ],
    example: ['latchwork users list --email ada@example.com --root-key-file root.key'],
    run: (invocation) =>
      showList(invocation, {
        path: '/v1/people',
        query: {
          email: invocation.text('email'),
          accountId: invocation.text('account'),
          operator: invocation.isOn('operators') ? 'true' : undefined,
          state: invocation.text('state'),
          ...filtersOf(invocation),
        },
        columns: { ID: shown('id'), STATE: stateOf, ACCOUNT: shown('accountId'), EMAIL: shown('email'), NAME: shown('name') },
        none: 'There are no people.',
      }),
  },
  {
    name: 'users change',
    summary: 'Change the name of a person, and what applications may be told of them.',
    operands: ['ID'],
    flags: [
      { name: 'name', value: 'TEXT', help: 'What to call the person.' },
      { name: 'profile-file', value: 'FILE', help: 'JSON of claims (OpenID Connect Core §5.1); null takes one away. - is standard input.' },
      ...serverFlags,
    ],
    example: [`latchwork users change ${EXAMPLE} \\`, '    --profile-file ada.json --root-key-file root.key'],
    more: 'The file is such as { "given_name": "Ada", "gender": null }. What is not named stays.',
    async run(invocation) {
      const [id = ''] = invocation.operands
      const body = await changesOf(invocation)
      const person = await callServer(invocation, { method: 'PATCH', path: `/v1/people/${encodeURIComponent(id)}`, body })
      invocation.terminal.out(invocation.wantsJson ? JSON.stringify(person) : `Person ${id} is changed.`)
      return 0
    },
  },
  personCommand('disable', 'Disable a person: sessions, grants and personal access tokens end at once, and sign-in is refused.', 'disabled'),
  personCommand('enable', 'Let a disabled person sign in again; what ended stays ended.', 'enabled'),
]

async function changesOf(invocation: Invocation): Promise<Readonly<Record<string, unknown>>> {
  const [name, file] = [invocation.text('name'), invocation.text('profile-file')]
  if (name === undefined && file === undefined) throw new WrongUsage('There is nothing to change.', 'Give --name TEXT, --profile-file FILE, or both.')
  if (file === '-' && invocation.text('root-key-file') === '-')
    throw new WrongUsage('Standard input cannot be both the profile and the root key.', 'Name a file for one of them.')
  const profile = file === undefined ? {} : { profile: await readProfile(file, invocation) }
  return { ...(name === undefined ? {} : { name }), ...profile }
}

async function readProfile(file: string, { terminal }: Invocation): Promise<object> {
  const text = await readSecretFile(file, terminal)
  const content = parsed(text)
  if (typeof content === 'object' && content !== null && !Array.isArray(content)) return content
  throw new Failure(`${file} holds no JSON object.`, 'Write one such as { "given_name": "Ada", "locale": "en-GB" }.')
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function personCommand(verb: 'disable' | 'enable', summary: string, done: string): Command {
  return {
    name: `users ${verb}`,
    summary,
    operands: ['ID'],
    flags: serverFlags,
    example: [`latchwork users ${verb} ${EXAMPLE} --root-key-file root.key`],
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
