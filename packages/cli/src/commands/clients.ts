/** `latchwork clients …`: applications that use OAuth at a running server. */
import type { Command, Invocation } from '../command.ts'
import { callServer, pageFlags, serverFlags } from '../server-call.ts'
import { showList, shown } from './lists.ts'
import { makeOnServer } from './made-by-server.ts'
import { outFlag, textAt } from './shown-secret.ts'

/** What was not given is left to the server's defaults. */
function settingsOf(invocation: Invocation): Readonly<Record<string, unknown>> {
  const settings = {
    name: invocation.required('name'),
    applicationType: invocation.text('application-type'),
    authenticationMethod: invocation.text('authentication-method'),
    environment: invocation.text('environment'),
    homepage: invocation.text('homepage'),
    accountId: invocation.text('account'),
    redirectUris: invocation.texts('redirect-uri'),
    grantTypes: invocation.texts('grant-type'),
    scopes: invocation.texts('scope'),
    audiences: invocation.texts('audience'),
  }
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined && value.length > 0))
}

export const clientCommands: readonly Command[] = [
  {
    name: 'clients create',
    summary: 'Register an application; its secret is shown once.',
    flags: [
      { name: 'name', value: 'TEXT', help: 'What people know the application by.', isRequired: true },
      { name: 'redirect-uri', value: 'URI', help: 'Where people are sent back to, exactly.', isRepeatable: true },
      { name: 'scope', value: 'SCOPE', help: 'What it may ask for; openid unless said otherwise.', isRepeatable: true },
      { name: 'audience', value: 'API', help: 'Identifier of an API it may get tokens for.', isRepeatable: true },
      { name: 'grant-type', value: 'TYPE', help: 'authorization_code and refresh_token unless said otherwise; client_credentials.', isRepeatable: true },
      { name: 'authentication-method', value: 'METHOD', help: 'client_secret_basic unless said otherwise; client_secret_post, none.' },
      { name: 'application-type', value: 'web|native', help: 'web unless said otherwise.' },
      { name: 'environment', value: 'live|test', help: 'live unless said otherwise.' },
      { name: 'homepage', value: 'URL', help: 'Where people can read about it.' },
      { name: 'account', value: 'ID', help: 'The account it belongs to.' },
      outFlag,
      ...serverFlags,
    ],
    example: [
      'latchwork clients create --name "Notes Printer" --scope openid \\',
      '    --redirect-uri https://printer.example.com/callback \\',
      '    --root-key-file root.key --out printer.secret',
    ],
    run: (invocation) =>
      makeOnServer(invocation, {
        call: { method: 'POST', path: '/v1/clients', body: settingsOf(invocation) },
        member: 'client',
        words: (client) => `Client ${textAt(client, 'id')} is registered.`,
        hasSecret: invocation.text('authentication-method') !== 'none',
      }),
  },
  {
    name: 'clients list',
    summary: 'List applications, oldest first.',
    flags: [...pageFlags, ...serverFlags],
    example: ['latchwork clients list --root-key-file root.key'],
    run: (invocation) =>
      showList(invocation, {
        path: '/v1/clients',
        columns: { ID: shown('id'), NAME: shown('name'), METHOD: shown('authenticationMethod'), SCOPES: shown('scopes') },
        none: 'There are no clients.',
      }),
  },
  {
    name: 'clients disable',
    summary: 'Disable an application and end every grant and token it has.',
    operands: ['ID'],
    flags: serverFlags,
    example: ['latchwork clients disable cli_0VYw3kQ1abcdefghijklmn --root-key-file root.key'],
    async run(invocation) {
      const [id = ''] = invocation.operands
      await callServer(invocation, { method: 'DELETE', path: `/v1/clients/${encodeURIComponent(id)}` })
      invocation.terminal.out(invocation.wantsJson ? JSON.stringify({ id, disabled: true }) : `Client ${id} is disabled.`)
      return 0
    },
  },
]
