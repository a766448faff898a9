/** `latchwork keys …`: API keys of a running server, made, seen and revoked. */
import type { Command, Flag, Invocation } from '../command.ts'
import { callServer, pageFlags, serverFlags } from '../server-call.ts'
import { connectedKeyCommand } from './keys-connected.ts'
import { keysImportCommand } from './keys-import.ts'
import { keyRollCommands } from './keys-roll.ts'
import { slipsOf } from './keys-slips.ts'
import { keyTermFlags, keyTerms } from './keys-terms.ts'
import { keysVerifyCommand } from './keys-verify.ts'
import { filterFlags, filtersOf, showList, shown } from './lists.ts'
import { makeOnServer } from './made-by-server.ts'
import { outFlag, textAt } from './shown-secret.ts'

const environmentFlag: Flag = { name: 'environment', value: 'live|test', help: 'live unless said otherwise.' }

export const keyCommands: readonly Command[] = [
  {
    name: 'keys create',
    summary: 'Make an API key; its text is shown once.',
    flags: [
      { name: 'account', value: 'ID', help: 'The account the key acts for.', isRequired: true },
      { name: 'name', value: 'TEXT', help: 'What the key is for.', isRequired: true },
      { name: 'kind', value: 'sk|rk|pk|pat', help: 'A secret key, a restricted or publishable one, or a personal access token; sk unless said otherwise.' },
      { name: 'user', value: 'ID', help: 'The member a token stands for, or on whose behalf the key is made.' },
      environmentFlag,
      { name: 'not-before', value: 'TIME', help: 'When it begins to work; at once unless said.' },
      { name: 'expires-at', value: 'TIME', help: 'When it expires, such as 2027-01-31T12:00:00Z; never unless said.' },
      ...keyTermFlags,
      outFlag,
      ...serverFlags,
    ],
    example: ['latchwork keys create --account acc_acme --name "nightly export" \\', '    --scope notes:read --root-key-file root.key --out export.key'],
    run: (invocation) =>
      makeOnServer(invocation, {
        call: { method: 'POST', path: '/v1/keys', body: { ...newKeyOf(invocation), ...keyTerms(invocation) } },
        member: 'key',
        words: async (key) => [`Key ${textAt(key, 'id')} (${textAt(key, 'fingerprint')}) is made.`, ...(await slipsOf(invocation, key))].join('\n'),
        hasSecret: true,
      }),
  },
  {
    name: 'keys list',
    summary: 'List API keys, newest first.',
    flags: [
      { name: 'account', value: 'ID', help: 'Of this account alone.' },
      { name: 'environment', value: 'live|test', help: 'Of this environment alone.' },
      { name: 'kind', value: 'sk|rk|pk|pat', help: 'Of this kind alone.' },
      { name: 'user', value: 'ID', help: 'Tokens of this person alone.' },
      { name: 'external-id', value: 'ID', help: 'Given to this customer or user of yours.' },
      { name: 'made-by', value: 'ID', help: 'Made by this person, or standing for them.' },
      { name: 'consent', value: 'ID', help: 'Born from this consent.' },
      { name: 'fingerprint', value: 'TEXT', help: 'With these ends, as in a log: sk_live_…wxyz.' },
      { name: 'state', value: 'active|disabled|expired|revoked', help: 'active: neither revoked nor expired; disabled: those of them that are stopped.' },
      { name: 'active', help: 'The same as --state active.' },
      { name: 'unused-since', value: 'DAYS', help: 'Active keys that were neither used nor made for so many days.' },
      { name: 'without-networks', help: 'Active keys that work from anywhere.' },
      { name: 'expiring-within', value: 'DAYS', help: 'Active keys that expire within so many days.' },
      ...filterFlags,
      ...pageFlags,
      ...serverFlags,
    ],
    example: [
      'latchwork keys list --unused-since 90 --root-key-file root.key',
      'latchwork keys list --account acc_acme --state revoked --created-since 30d \\',
      '    --all --root-key-file root.key',
    ],
    run: (invocation) =>
      showList(invocation, {
        path: '/v1/keys',
        query: {
          accountId: invocation.text('account'),
          environment: invocation.text('environment'),
          kind: invocation.text('kind'),
          userId: invocation.text('user'),
          externalId: invocation.text('external-id'),
          madeBy: invocation.text('made-by'),
          consentId: invocation.text('consent'),
          fingerprint: invocation.text('fingerprint'),
          state: invocation.text('state') ?? (invocation.isOn('active') ? 'active' : undefined),
          ...filtersOf(invocation),
          unusedSinceDays: invocation.text('unused-since'),
          withoutNetworks: invocation.isOn('without-networks') ? 'true' : undefined,
          expiringWithinDays: invocation.text('expiring-within'),
        },
        columns: { ID: shown('id'), KEY: shown('fingerprint'), STATE: stateOf, NAME: shown('name'), SCOPES: shown('scopes') },
        none: 'There are no keys.',
      }),
  },
  {
    name: 'keys show',
    summary: 'Show one API key: what it may do, when it was used, when it ends.',
    operands: ['ID'],
    flags: serverFlags,
    example: ['latchwork keys show key_0VYw3kQ1abcdefghijklmn --root-key-file root.key'],
    async run(invocation) {
      const key = (await callServer(invocation, { method: 'GET', path: pathOf(invocation) })) as Readonly<Record<string, unknown>>
      invocation.terminal.out(invocation.wantsJson ? JSON.stringify(key) : factsOf(key).join('\n'))
      return 0
    },
  },
  {
    name: 'keys revoke',
    summary: 'Revoke an API key, at once and everywhere.',
    operands: ['ID'],
    flags: serverFlags,
    example: ['latchwork keys revoke key_0VYw3kQ1abcdefghijklmn --root-key-file root.key'],
    async run(invocation) {
      const [id = ''] = invocation.operands
      await callServer(invocation, { method: 'DELETE', path: pathOf(invocation) })
      invocation.terminal.out(invocation.wantsJson ? JSON.stringify({ id, revoked: true }) : `Key ${id} is revoked.`)
      return 0
    },
  },
  switchCommand('disable', 'Stop an API key for a while, at once and everywhere.', 'disabled'),
  switchCommand('enable', 'Let a stopped API key work again.', 'enabled'),
  ...keyRollCommands,
  keysVerifyCommand,
  connectedKeyCommand,
  keysImportCommand,
]

function switchCommand(verb: 'disable' | 'enable', summary: string, done: string): Command {
  return {
    name: `keys ${verb}`,
    summary,
    operands: ['ID'],
    flags: serverFlags,
    example: [`latchwork keys ${verb} key_0VYw3kQ1abcdefghijklmn --root-key-file root.key`],
    async run(invocation) {
      const key = await callServer(invocation, { method: 'PATCH', path: pathOf(invocation), body: { enabled: verb === 'enable' } })
      invocation.terminal.out(invocation.wantsJson ? JSON.stringify(key) : `Key ${textAt(key, 'id')} is ${done}.`)
      return 0
    },
  }
}

function pathOf({ operands: [id = ''] }: Invocation): string {
  return `/v1/keys/${encodeURIComponent(id)}`
}

function newKeyOf(invocation: Invocation): Readonly<Record<string, unknown>> {
  const [user, notBefore, expiresAt] = [invocation.text('user'), invocation.text('not-before'), invocation.text('expires-at')]
  return {
    accountId: invocation.required('account'),
    name: invocation.required('name'),
    kind: invocation.text('kind') ?? 'sk',
    environment: invocation.text('environment') ?? 'live',
    ...(user === undefined ? {} : { userId: user }),
    ...(notBefore === undefined ? {} : { notBefore }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  }
}

function stateOf(key: Readonly<Record<string, unknown>>): string {
  if (key['revokedAt'] !== undefined) return 'revoked'
  if (typeof key['expiresAt'] === 'string' && Date.parse(key['expiresAt']) <= Date.now()) return 'ended'
  if (key['disabledAt'] !== undefined) return 'disabled'
  if (key['replacedBy'] !== undefined) return 'rolled'
  return key['isPrimary'] === true ? 'primary' : 'active'
}

/** One fact a line. */
function factsOf(key: Readonly<Record<string, unknown>>): readonly string[] {
  const width = Math.max(...Object.keys(key).map((name) => name.length))
  return Object.keys(key).flatMap((name) => {
    const text = shown(name)(key)
    return text === '-' ? [] : [`${name.padEnd(width)}  ${text}`]
  })
}
