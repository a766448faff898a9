/** Makes what was advised: a key or a client at the running server, or the settings of sessions in the configuration file. */
import { createHash } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Advice, ClientMaking } from '@latchwork/advice'
import type { Flag, Invocation } from '../command.ts'
import { Failure, WrongUsage } from '../failure.ts'
import type { Call } from '../server-call.ts'
import { makeOnServer } from './made-by-server.ts'
import { textAt } from './shown-secret.ts'

export const applyFlags: readonly Flag[] = [
  { name: 'name', value: 'TEXT', help: 'With --apply: what the key or the application is called.' },
  { name: 'account', value: 'ID', help: 'With --apply: the account a key acts for.' },
  { name: 'user', value: 'ID', help: 'With --apply: the member a personal token stands for.' },
  { name: 'scope', value: 'SCOPE', isRepeatable: true, help: 'With --apply: what it may do or ask for.' },
  { name: 'audience', value: 'API', isRepeatable: true, help: 'With --apply: the API a client may get tokens for.' },
  { name: 'redirect-uri', value: 'URI', isRepeatable: true, help: 'With --apply: where people are sent back to, exactly.' },
  { name: 'jwks', value: 'FILE', help: "With --apply: the client's public keys, for a client that proves itself by one." },
  { name: 'origin', value: 'URL', isRepeatable: true, help: 'With --apply: an origin of your front end, for sessions.' },
  { name: 'config', value: 'FILE', help: 'With --apply: the configuration whose sessions are set; a JSON file.' },
]

export function applyAdvice(invocation: Invocation, advice: Advice): Promise<number> {
  const { making } = advice
  if (making.makes === 'key') return makeKey(invocation, making.kind)
  if (making.makes === 'client') return makeClient(invocation, advice, making)
  if (advice.families.includes('oauth'))
    invocation.terminal.err(
      'This sets the sessions of your own front end. Each application of others is a client of its own: latchwork advise --caller third-party --apply.',
    )
  return Promise.resolve(setSessions(invocation))
}

function makeKey(invocation: Invocation, kind: string): Promise<number> {
  const { required, texts } = invocation
  const scopes = texts('scope')
  if (scopes.length === 0) throw new WrongUsage('--scope is missing.', 'Write --scope notes:read: a key names what it may do.')
  const user = kind === 'pat' ? { userId: required('user') } : {}
  return makeOnServer(invocation, {
    call: once({ method: 'POST', path: '/v1/keys', body: { accountId: required('account'), name: required('name'), kind, scopes, ...user } }),
    member: 'key',
    words: (key) => `Key ${textAt(key, 'id')} (${textAt(key, 'fingerprint')}) is made.`,
    hasSecret: true,
  })
}

function makeClient(invocation: Invocation, { id }: Advice, making: ClientMaking): Promise<number> {
  const { required, texts } = invocation
  const { grantTypes, authenticationMethod } = making
  const redirectUris = texts('redirect-uri')
  const isWeb = redirectUris.every((uri) => uri.startsWith('https://'))
  const applicationType = making.applicationType === 'by-redirect' ? (isWeb ? 'web' : 'native') : making.applicationType
  if (grantTypes.includes('authorization_code') && redirectUris.length === 0)
    throw new WrongUsage('--redirect-uri is missing.', 'Write --redirect-uri https://app.example.com/callback: people are sent back there and nowhere else.')
  const asked = texts('scope')
  const scopes = [...new Set([...(grantTypes.includes('client_credentials') ? [] : ['openid']), ...(id === 'connected-key' ? ['api_key'] : []), ...asked])]
  const audiences = texts('audience')
  const body = {
    name: required('name'),
    applicationType,
    authenticationMethod,
    grantTypes,
    scopes,
    redirectUris,
    ...(audiences.length === 0 ? {} : { audiences }),
    ...(authenticationMethod === 'private_key_jwt' ? { settings: { jwks: keysOf(invocation) } } : {}),
  }
  return makeOnServer(invocation, {
    call: once({ method: 'POST', path: '/v1/clients', body }),
    member: 'client',
    words: (client) => `Client ${textAt(client, 'id')} is registered.`,
    hasSecret: authenticationMethod.startsWith('client_secret'),
  })
}

/** The same words twice make one thing: the server answers the second call with what the first made, for a day. */
function once(call: Call): Call {
  const said = JSON.stringify([call.path, call.body])
  return { ...call, idempotencyKey: `advise-${createHash('sha256').update(said).digest('hex').slice(0, 32)}` }
}

function keysOf({ text, terminal }: Invocation): unknown {
  const file = text('jwks')
  if (file === undefined)
    throw new WrongUsage(
      '--jwks is missing.',
      'Make a key pair with `latchwork generate key-pair`, and give the file of its public half as a key set: { "keys": [ … ] }.',
    )
  try {
    return JSON.parse(readFileSync(resolve(terminal.cwd, file), 'utf8'))
  } catch (error) {
    throw new Failure(
      `${file} holds no key set (${(error as NodeJS.ErrnoException).code ?? 'no JSON'}).`,
      'A key set is { "keys": [ … ] } (RFC 7517), public halves alone.',
    )
  }
}

/** What stands there already is kept; running it again changes nothing. */
function setSessions({ texts, text, terminal, wantsJson }: Invocation): number {
  const origins = texts('origin')
  if (origins.length === 0) throw new WrongUsage('--origin is missing.', 'Write --origin https://app.example.com: the address your front end is served from.')
  const wrong = origins.find((origin) => !URL.canParse(origin) || new URL(origin).origin !== origin)
  if (wrong !== undefined) throw new WrongUsage(`--origin ${wrong} is no origin.`, 'Write scheme, host and port alone, as in https://app.example.com.')
  const file = text('config')
  if (file === undefined) {
    terminal.out(JSON.stringify({ sessions: { allowedOrigins: origins } }, null, wantsJson ? undefined : 2))
    terminal.err('Put this into the configuration and start the server anew. With --config FILE.json it is put there for you.')
    return 0
  }
  const path = resolve(terminal.cwd, file)
  const config = readConfig(path, file)
  const sessions = (config['sessions'] ?? {}) as { readonly allowedOrigins?: readonly string[] }
  const allowedOrigins = [...new Set([...(sessions.allowedOrigins ?? []), ...origins])]
  writeFileSync(`${path}.new`, `${JSON.stringify({ ...config, sessions: { ...sessions, allowedOrigins } }, null, 2)}\n`, { mode: 0o600 })
  renameSync(`${path}.new`, path)
  terminal.out(
    wantsJson
      ? JSON.stringify({ config: file, sessions: { allowedOrigins } })
      : `${file} now lets ${allowedOrigins.join(' and ')} use sessions. Start the server anew.`,
  )
  return 0
}

function readConfig(path: string, file: string): Readonly<Record<string, unknown>> {
  try {
    const config: unknown = JSON.parse(readFileSync(path, 'utf8'))
    if (typeof config === 'object' && config !== null && !Array.isArray(config)) return config as Record<string, unknown>
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== undefined) throw new Failure(`${file} cannot be read (${code}).`, 'Name a configuration that is there.')
  }
  throw new Failure(`${file} is no JSON configuration.`, 'A configuration in TypeScript is yours to write: leave --config away, and copy what is printed.')
}
