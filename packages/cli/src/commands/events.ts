/** `latchwork events …`: what happened at a running server. */
import type { Command } from '../command.ts'
import { pageFlags, serverFlags } from '../server-call.ts'
import { showList, shown } from './lists.ts'

export const eventCommands: readonly Command[] = [
  {
    name: 'events list',
    summary: 'List what happened, newest first.',
    flags: [
      { name: 'type', value: 'TYPE', help: 'Of this type alone, such as key.created.' },
      { name: 'user', value: 'ID', help: 'About this person alone.' },
      { name: 'client', value: 'ID', help: 'About this application alone.' },
      { name: 'credential', value: 'ID', help: 'About this key or token alone.' },
      { name: 'reference', value: 'REFERENCE', help: 'The refused request whose page or answer showed this reference.' },
      ...pageFlags,
      ...serverFlags,
    ],
    example: [
      'latchwork events list --type key.revoked --limit 20 --root-key-file root.key',
      'latchwork events list --reference 3f9c2b7a1d --root-key-file root.key',
    ],
    run: (invocation) =>
      showList(invocation, {
        path: '/v1/events',
        query: {
          type: invocation.text('type'),
          userId: invocation.text('user'),
          clientId: invocation.text('client'),
          credentialId: invocation.text('credential'),
          reference: invocation.text('reference'),
        },
        columns: {
          TIME: shown('at'),
          TYPE: shown('type'),
          BY: ({ actor }) => shown('id')(actor as Readonly<Record<string, unknown>>).replace(/^-$/, shown('kind')(actor as Readonly<Record<string, unknown>>)),
          ABOUT: (event) =>
            [...new Set(['credentialId', 'clientId', 'userId'].map((name) => shown(name)(event)))].filter((text) => text !== '-').join(' ') || '-',
          WHY: (event) => {
            const [reason, why] = [shown('reason')(event), shown('why')((event['data'] ?? {}) as Readonly<Record<string, unknown>>)]
            return why === '-' ? reason : `${reason} (${why})`
          },
        },
        none: 'There are no such events.',
      }),
  },
]
