/** `latchwork clients …`: applications that use OAuth at a running server. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command, Flag, Invocation } from '../command.ts'
import { Failure } from '../failure.ts'
import { callServer, pageFlags, serverFlags } from '../server-call.ts'
import { filterFlags, filtersOf, showList, shown, stateFlag, stateOf } from './lists.ts'
import { makeOnServer } from './made-by-server.ts'
import { secondsOf } from './seconds-of.ts'
import { outFlag, showSecret, textAt } from './shown-secret.ts'

const SECRET_METHODS = ['client_secret_basic', 'client_secret_post']
const EXAMPLE = 'cli_0VYw3kQ1abcdefghijklmn'

const settingFlags: readonly Flag[] = [
  { name: 'redirect-uri', value: 'URI', help: 'Where people are sent back to, exactly.', isRepeatable: true },
  { name: 'scope', value: 'SCOPE', help: 'What it may ask for; openid unless said otherwise.', isRepeatable: true },
  { name: 'audience', value: 'API', help: 'Identifier of an API it may get tokens for.', isRepeatable: true },
  {
    name: 'grant-type',
    value: 'TYPE',
    help: 'authorization_code and refresh_token unless said otherwise; also client_credentials, urn:ietf:params:oauth:grant-type:device_code.',
    isRepeatable: true,
  },
  { name: 'authentication-method', value: 'METHOD', help: 'client_secret_basic unless said otherwise; none, client_secret_post, private_key_jwt and others.' },
  { name: 'application-type', value: 'web|native', help: 'web unless said otherwise.' },
  { name: 'profile', value: 'oauth21|oidc-compat', help: 'oauth21 unless said otherwise.' },
  { name: 'homepage', value: 'URL', help: 'Where people can read about it.' },
  { name: 'settings-file', value: 'FILE', help: 'A JSON object of further settings, such as { "logoUri": "…" }; - for standard input.' },
]

/** What was not given is left to the server's defaults, or as it is. */
async function settingsOf(invocation: Invocation): Promise<Readonly<Record<string, unknown>>> {
  const settings = {
    name: invocation.text('name'),
    applicationType: invocation.text('application-type'),
    authenticationMethod: invocation.text('authentication-method'),
    profile: invocation.text('profile'),
    homepage: invocation.text('homepage'),
    redirectUris: invocation.texts('redirect-uri'),
    grantTypes: invocation.texts('grant-type'),
    scopes: invocation.texts('scope'),
    audiences: invocation.texts('audience'),
  }
  const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined && value.length > 0))
  const file = invocation.text('settings-file')
  return file === undefined ? given : { ...given, settings: await readSettings(file, invocation) }
}

async function readSettings(file: string, { terminal }: Invocation): Promise<unknown> {
  const text = file === '-' ? await terminal.readStdin() : readFileSync(resolve(terminal.cwd, file), 'utf8')
  try {
    return JSON.parse(text)
  } catch {
    throw new Failure(`${file} holds no JSON.`, 'Write an object such as { "logoUri": "https://app.example.com/logo.png" }.')
  }
}

export const clientCommands: readonly Command[] = [
  {
    name: 'clients create',
    summary: 'Register an application; its secret is shown once.',
    flags: [
      { name: 'name', value: 'TEXT', help: 'What people know the application by.', isRequired: true },
      ...settingFlags,
      { name: 'environment', value: 'live|test', help: 'live unless said otherwise.' },
      { name: 'account', value: 'ID', help: 'The account it belongs to.' },
      outFlag,
      ...serverFlags,
    ],
    example: [
      'latchwork clients create --name "Notes Printer" --scope openid \\',
      '    --redirect-uri https://printer.example.com/callback \\',
      '    --root-key-file root.key --out printer.secret',
    ],
    async run(invocation) {
      const [environment, accountId] = [invocation.text('environment'), invocation.text('account')]
      const terms = { ...(environment === undefined ? {} : { environment }), ...(accountId === undefined ? {} : { accountId }) }
      return makeOnServer(invocation, {
        call: { method: 'POST', path: '/v1/clients', body: { ...(await settingsOf(invocation)), ...terms } },
        member: 'client',
        words: (client) => `Client ${textAt(client, 'id')} is registered.`,
        hasSecret: SECRET_METHODS.includes(invocation.text('authentication-method') ?? 'client_secret_basic'),
      })
    },
  },
  {
    name: 'clients list',
    summary: 'List applications, newest first.',
    flags: [
      { name: 'account', value: 'ID', help: 'Of this account alone.' },
      { name: 'owner', value: 'ID', help: 'Registered by this person as their own.' },
      { name: 'environment', value: 'live|test', help: 'Of this environment alone.' },
      { name: 'profile', value: 'oauth21|oidc-compat', help: 'Under this profile alone.' },
      ...filterFlags,
      stateFlag,
      ...pageFlags,
      ...serverFlags,
    ],
    example: ['latchwork clients list --account acc_acme --state active \\', '    --root-key-file root.key'],
    run: (invocation) =>
      showList(invocation, {
        path: '/v1/clients',
        query: {
          accountId: invocation.text('account'),
          ownerId: invocation.text('owner'),
          environment: invocation.text('environment'),
          profile: invocation.text('profile'),
          state: invocation.text('state'),
          ...filtersOf(invocation),
        },
        columns: { ID: shown('id'), STATE: stateOf, NAME: shown('name'), METHOD: shown('authenticationMethod'), SCOPES: shown('scopes') },
        none: 'There are no clients.',
      }),
  },
  {
    name: 'clients show',
    summary: 'Show one application: how it proves itself, what it may ask for, its settings.',
    operands: ['ID'],
    flags: serverFlags,
    example: [`latchwork clients show ${EXAMPLE} --root-key-file root.key`],
    async run(invocation) {
      const client = (await callServer(invocation, { method: 'GET', path: pathOf(invocation) })) as Readonly<Record<string, unknown>>
      invocation.terminal.out(invocation.wantsJson ? JSON.stringify(client) : factsOf(client).join('\n'))
      return 0
    },
  },
  {
    name: 'clients update',
    summary: 'Change an application. What is not named stays as it is; a setting that is null goes back to its default.',
    operands: ['ID'],
    flags: [{ name: 'name', value: 'TEXT', help: 'What people know the application by.' }, ...settingFlags, ...serverFlags],
    example: [`latchwork clients update ${EXAMPLE} --name "Notes Printer 2" \\`, '    --settings-file printer.json --root-key-file root.key'],
    async run(invocation) {
      const answer = (await callServer(invocation, { method: 'PATCH', path: pathOf(invocation), body: await settingsOf(invocation) })) as Readonly<
        Record<string, unknown>
      >
      const { client, secret } = answer
      if (typeof secret === 'string') showSecret(invocation, secret, [`Client ${textAt(client, 'id')} is changed. Here is its secret, this once:`], { client })
      else invocation.terminal.out(invocation.wantsJson ? JSON.stringify({ client }) : `Client ${textAt(client, 'id')} is changed.`)
      return 0
    },
  },
  {
    name: 'clients roll-secret',
    summary: 'Give an application a new secret, shown once; the one before lives on for an overlap.',
    operands: ['ID'],
    flags: [
      { name: 'overlap', value: 'TIME', help: 'How long the secret before lives on: 0s to 7d, such as 90m; 24h unless said otherwise.' },
      { name: 'end-older', help: 'A secret that is in its overlap already ends now.' },
      outFlag,
      ...serverFlags,
    ],
    example: [`latchwork clients roll-secret ${EXAMPLE} --overlap 2h \\`, '    --root-key-file root.key --out printer.secret'],
    run: (invocation) => {
      const overlap = invocation.text('overlap')
      const body = {
        ...(overlap === undefined ? {} : { overlapSeconds: secondsOf(overlap, 'overlap') }),
        ...(invocation.isOn('end-older') ? { endsOlder: true } : {}),
      }
      return makeOnServer(invocation, {
        call: { method: 'POST', path: `${pathOf(invocation)}/secrets/roll`, body },
        member: 'formerEndsAt',
        words: (endsAt) => `The secret before ends ${String(endsAt)}.`,
        hasSecret: true,
      })
    },
  },
  {
    name: 'clients disable',
    summary: 'Disable an application and end every grant and token it has.',
    operands: ['ID'],
    flags: serverFlags,
    example: ['latchwork clients disable cli_0VYw3kQ1abcdefghijklmn --root-key-file root.key'],
    async run(invocation) {
      const [id = ''] = invocation.operands
      await callServer(invocation, { method: 'DELETE', path: pathOf(invocation) })
      invocation.terminal.out(invocation.wantsJson ? JSON.stringify({ id, disabled: true }) : `Client ${id} is disabled.`)
      return 0
    },
  },
]

function pathOf({ operands: [id = ''] }: Invocation): string {
  return `/v1/clients/${encodeURIComponent(id)}`
}

/** One fact a line. */
function factsOf(client: Readonly<Record<string, unknown>>): readonly string[] {
  const width = Math.max(...Object.keys(client).map((name) => name.length))
  return Object.keys(client).map((name) => `${name.padEnd(width)}  ${shown(name)(client)}`)
}
