/** `latchwork root-keys …`: the keys that open the management API of a running server. */
import type { Command } from '../command.ts'
import { callServer, pageFlags, serverFlags } from '../server-call.ts'
import { filterFlags, filtersOf, showList, shown } from './lists.ts'
import { makeOnServer } from './made-by-server.ts'
import { outFlag, textAt } from './shown-secret.ts'

const state = (key: Readonly<Record<string, unknown>>): string => (key['revokedAt'] === undefined ? 'active' : 'revoked')

export const rootKeyCommands: readonly Command[] = [
  {
    name: 'root-keys create',
    summary: 'Make a root key with no more scopes than your own; its text is shown once.',
    flags: [
      { name: 'name', value: 'TEXT', help: 'What the key is for.', isRequired: true },
      { name: 'scope', value: 'SCOPE', help: 'What it opens, such as keys:read.', isRequired: true, isRepeatable: true },
      outFlag,
      ...serverFlags,
    ],
    example: ['latchwork root-keys create --name Grafana --scope events:read \\', '    --root-key-file root.key --out grafana.key'],
    run: (invocation) =>
      makeOnServer(invocation, {
        call: { method: 'POST', path: '/v1/root-keys', body: { name: invocation.required('name'), scopes: invocation.texts('scope') } },
        member: 'rootKey',
        words: (key) => `Root key ${textAt(key, 'id')} (${textAt(key, 'fingerprint')}) is made.`,
        hasSecret: true,
      }),
  },
  {
    name: 'root-keys list',
    summary: 'List root keys, newest first; those that the configuration declares are not among them.',
    flags: [{ name: 'state', value: 'active|revoked', help: 'Of these alone.' }, ...filterFlags, ...pageFlags, ...serverFlags],
    example: ['latchwork root-keys list --state active --root-key-file root.key'],
    run: (invocation) =>
      showList(invocation, {
        path: '/v1/root-keys',
        query: { state: invocation.text('state'), ...filtersOf(invocation) },
        columns: { ID: shown('id'), KEY: shown('fingerprint'), STATE: state, MADE: shown('createdAt'), NAME: shown('name'), SCOPES: shown('scopes') },
        none: 'There are no root keys but those that the configuration may declare.',
      }),
  },
  {
    name: 'root-keys revoke',
    summary: 'Revoke a root key, at once and everywhere.',
    operands: ['ID'],
    flags: serverFlags,
    example: ['latchwork root-keys revoke root_0VYw3kQ1abcdefghijklmn \\', '    --root-key-file root.key'],
    async run(invocation) {
      const [id = ''] = invocation.operands
      await callServer(invocation, { method: 'DELETE', path: `/v1/root-keys/${encodeURIComponent(id)}` })
      invocation.terminal.out(invocation.wantsJson ? JSON.stringify({ id, revoked: true }) : `Root key ${id} is revoked.`)
      return 0
    },
  },
]
