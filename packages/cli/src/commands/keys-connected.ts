/** `latchwork keys create-connected`: a key of an application, within what a person allowed it (K17). */
import type { Command } from '../command.ts'
import { serverFlags } from '../server-call.ts'
import { slipsOf } from './keys-slips.ts'
import { makeOnServer } from './made-by-server.ts'
import { outFlag, textAt } from './shown-secret.ts'

export const connectedKeyCommand: Command = {
  name: 'keys create-connected',
  summary: 'Make a restricted key for an application within the consent of a person; it ends with the consent.',
  operands: ['CONSENT'],
  flags: [
    { name: 'user', value: 'ID', help: 'The person who gave the consent.', isRequired: true },
    { name: 'client', value: 'ID', help: 'The application it was given to.', isRequired: true },
    { name: 'name', value: 'TEXT', help: 'What the key is for.', isRequired: true },
    { name: 'scope', value: 'SCOPE', help: 'What the key may do, of what the person allowed, such as notes:read.', isRepeatable: true, isRequired: true },
    { name: 'network', value: 'CIDR', help: 'Where it works from, such as 192.0.2.0/24; anywhere unless said.', isRepeatable: true },
    { name: 'environment', value: 'live|test', help: 'live unless said otherwise.' },
    { name: 'expires-at', value: 'TIME', help: 'When it expires, such as 2027-01-31T12:00:00Z; with the consent unless said.' },
    outFlag,
    ...serverFlags,
  ],
  example: [
    'latchwork keys create-connected con_0VYw3kQ1abcdefghijklmn \\',
    '    --user usr_0VYw3kQ1abcdefghijklmn --client printer --scope notes:read \\',
    '    --name "Notes Printer" --root-key-file root.key --out printer.key',
  ],
  more: 'The event consent.given names person, application and consent: latchwork events list --type consent.given --json.',
  run(invocation) {
    const [consent = ''] = invocation.operands
    const [networks, environment, expiresAt] = [invocation.texts('network'), invocation.text('environment'), invocation.text('expires-at')]
    const body = {
      userId: invocation.required('user'),
      clientId: invocation.required('client'),
      name: invocation.required('name'),
      scopes: invocation.texts('scope'),
      ...(networks.length === 0 ? {} : { networks }),
      ...(environment === undefined ? {} : { environment }),
      ...(expiresAt === undefined ? {} : { expiresAt }),
    }
    return makeOnServer(invocation, {
      call: { method: 'POST', path: `/v1/consents/${encodeURIComponent(consent)}/keys`, body },
      member: 'key',
      words: async (key) =>
        [`Key ${textAt(key, 'id')} (${textAt(key, 'fingerprint')}) is made, and ends with the consent.`, ...(await slipsOf(invocation, key))].join('\n'),
      hasSecret: true,
    })
  },
}
