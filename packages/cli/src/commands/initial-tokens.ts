/** `latchwork initial-tokens list`: tokens that let their bearers register applications at a running server (RFC 7591 §3). */
import type { Command } from '../command.ts'
import { pageFlags, serverFlags } from '../server-call.ts'
import { filterFlags, filtersOf, showList, shown } from './lists.ts'

export const initialTokenCommands: readonly Command[] = [
  {
    name: 'initial-tokens list',
    summary: 'List tokens that let others register clients.',
    flags: [{ name: 'active', help: 'Those that can be used now.' }, ...filterFlags, ...pageFlags, ...serverFlags],
    example: ['latchwork initial-tokens list --active --root-key-file root.key'],
    run: (invocation) =>
      showList(invocation, {
        path: '/v1/initial-access-tokens',
        query: { state: invocation.isOn('active') ? 'active' : undefined, ...filtersOf(invocation) },
        columns: {
          ID: shown('id'),
          TOKEN: shown('fingerprint'),
          'USES LEFT': (token) => shown('usesLeft')(token).replace(/^-$/, 'any'),
          EXPIRES: shown('expiresAt'),
          REVOKED: shown('revokedAt'),
          NAME: shown('name'),
        },
        none: 'There are no such tokens.',
      }),
  },
]
