/** `latchwork keys …`: API keys of a running server. */
import type { Command } from '../command.ts'
import { callServer, pageFlags, serverFlags } from '../server-call.ts'
import { showList, shown } from './lists.ts'
import { makeOnServer } from './made-by-server.ts'
import { outFlag, textAt } from './shown-secret.ts'

export const keyCommands: readonly Command[] = [
  {
    name: 'keys create',
    summary: 'Make an API key; its text is shown once.',
    flags: [
      { name: 'account', value: 'ID', help: 'The account the key acts for.', isRequired: true },
      { name: 'name', value: 'TEXT', help: 'What the key is for.', isRequired: true },
      { name: 'scope', value: 'SCOPE', help: 'What the key may do, such as notes:read.', isRepeatable: true },
      { name: 'kind', value: 'sk|rk', help: 'A secret key, or a restricted one; sk unless said otherwise.' },
      { name: 'environment', value: 'live|test', help: 'live unless said otherwise.' },
      { name: 'expires-at', value: 'TIME', help: 'When it expires, such as 2027-01-31T12:00:00Z; never unless said.' },
      outFlag,
      ...serverFlags,
    ],
    example: ['latchwork keys create --account acc_acme --name "nightly export" \\', '    --scope notes:read --root-key-file root.key --out export.key'],
    run: (invocation) =>
      makeOnServer(invocation, {
        call: {
          method: 'POST',
          path: '/v1/keys',
          body: {
            accountId: invocation.required('account'),
            name: invocation.required('name'),
            kind: invocation.text('kind') ?? 'sk',
            environment: invocation.text('environment') ?? 'live',
            scopes: invocation.texts('scope'),
            ...(invocation.text('expires-at') === undefined ? {} : { expiresAt: invocation.text('expires-at') }),
          },
        },
        member: 'key',
        words: (key) => `Key ${textAt(key, 'id')} (${textAt(key, 'fingerprint')}) is made.`,
        hasSecret: true,
      }),
  },
  {
    name: 'keys list',
    summary: 'List API keys, oldest first.',
    flags: [
      { name: 'account', value: 'ID', help: 'Of this account alone.' },
      { name: 'environment', value: 'live|test', help: 'Of this environment alone.' },
      ...pageFlags,
      ...serverFlags,
    ],
    example: ['latchwork keys list --account acc_acme --root-key-file root.key'],
    run: (invocation) =>
      showList(invocation, {
        path: '/v1/keys',
        query: { accountId: invocation.text('account'), environment: invocation.text('environment') },
        columns: {
          ID: shown('id'),
          KEY: shown('fingerprint'),
          STATE: (key) => (key['revokedAt'] === undefined ? 'active' : 'revoked'),
          NAME: shown('name'),
          SCOPES: shown('scopes'),
        },
        none: 'There are no keys.',
      }),
  },
  {
    name: 'keys revoke',
    summary: 'Revoke an API key, at once and everywhere.',
    operands: ['ID'],
    flags: serverFlags,
    example: ['latchwork keys revoke key_0VYw3kQ1abcdefghijklmn --root-key-file root.key'],
    async run(invocation) {
      const [id = ''] = invocation.operands
      await callServer(invocation, { method: 'DELETE', path: `/v1/keys/${encodeURIComponent(id)}` })
      invocation.terminal.out(invocation.wantsJson ? JSON.stringify({ id, revoked: true }) : `Key ${id} is revoked.`)
      return 0
    },
  },
]
