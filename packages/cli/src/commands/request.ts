/** `latchwork request`: authenticated calls from the terminal. Exit codes: 0 answered with 2xx or 3xx, 1 refused, 2 no answer or called wrongly. */
import { resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import {
  type Credential,
  checkAddress,
  credentialOf,
  type Exchange,
  explain,
  type LoginTalk,
  login,
  logout,
  type Profile,
  profileTypes,
  type RequestToSend,
  send,
} from '@latchwork/client'
import type { Command, Flag, Invocation } from '../command.ts'
import { WrongUsage } from '../failure.ts'
import { printable } from '../printable.ts'
import { bodyOf, headersOf } from '../request/body-of.ts'
import { openBrowser } from '../request/open-browser.ts'
import { tellingFailures } from '../request/request-failure.ts'
import { asJson, showBody, showHeads, showReason } from '../request/show.ts'
import { storeOf } from '../request/store-of.ts'
import { wishOf } from '../request/wish-of.ts'
import { writeOwnFile } from '../secret-file.ts'
import { table } from '../terminal.ts'

const METHOD = /^[A-Za-z]{1,20}$/
const MAX_TIMEOUT_SECONDS = 3600

const requestCommand: Command = {
  name: 'request',
  summary: 'Call an API with a saved credential, and see why it refuses.',
  operands: ['METHOD', 'URL'],
  flags: [
    { name: 'profile', value: 'NAME', help: 'The credential to send. LATCHWORK_PROFILE unless said otherwise; none if neither is set.' },
    { name: 'header', value: 'HEADER', isRepeatable: true, help: "'Name: value', or @FILE with one a line." },
    { name: 'data', value: 'BODY', help: 'What to send: text, @FILE, or @- for standard input. JSON is told by its form.' },
    { name: 'form', value: 'NAME=VALUE', isRepeatable: true, help: 'A field of a form to send.' },
    { name: 'follow', help: 'Follow redirects; to other origins without the credential.' },
    { name: 'out', value: 'FILE', help: 'Write the body there, as it came, for its owner alone.' },
    { name: 'show-secrets', help: 'Hide nothing.' },
    { name: 'timeout', value: 'SECONDS', help: 'How long to wait for the answer; 30 unless said otherwise.' },
  ],
  example: [
    'latchwork request GET https://api.example.com/notes --profile acme',
    'latchwork request POST https://api.example.com/notes --data \'{"text":"Hi"}\'',
    'latchwork request PUT https://api.example.com/logo --data @logo.png',
  ],
  more:
    'A credential goes to the origins of its profile only, over https or within this machine. Tokens are refreshed by themselves. The body goes to standard output, all else to ' +
    'standard error. Exit codes: 0 answered with 2xx or 3xx, 1 refused, 2 no answer or called wrongly.',
  run: (invocation) => tellingFailures(() => runRequest(invocation)),
}

async function runRequest(invocation: Invocation): Promise<number> {
  const { terminal, operands, isOn, wantsJson, text } = invocation
  const [method = '', address = ''] = operands
  if (!METHOD.test(method)) throw new WrongUsage('That is no method.', 'Write: latchwork request GET https://api.example.com/')
  if (/^(connect|trace|track)$/i.test(method)) throw new WrongUsage(`${method.toUpperCase()} cannot be sent from here.`, 'Use another method.')
  const body = await bodyOf(invocation)
  if (body !== undefined && /^(get|head)$/i.test(method))
    throw new WrongUsage(`${method.toUpperCase()} takes no body.`, 'Use POST, PUT or PATCH, or leave --data and --form out.')
  const given = await headersOf(invocation)
  const hasType = body === undefined || given.some(([name]) => name.toLowerCase() === 'content-type')
  const url = checkAddress(address)
  const request = {
    method: method.toUpperCase(),
    url,
    headers: hasType ? given : [...given, ['content-type', body.contentType] as const],
    follows: isOn('follow'),
    timeoutMs: timeoutOf(text('timeout')),
    ...(body === undefined ? {} : { body: body.bytes }),
  }
  const credential = await chosenCredential(invocation)
  const out = text('out')
  const exchange = out === undefined ? await send(request, credential) : await sendInto(resolve(terminal.cwd, out), request, credential)
  const explanation = explain(exchange)
  const options = { showsSecrets: isOn('show-secrets') }
  if (wantsJson) terminal.out(JSON.stringify(asJson(exchange, explanation, options)))
  else {
    showHeads(terminal, exchange, options)
    if (out === undefined) showBody(terminal, exchange, options)
    if (explanation !== undefined) showReason(terminal, explanation)
  }
  return explanation === undefined ? 0 : 1
}

/** The place is taken before anything is sent: what cannot be kept is not asked for. */
function sendInto(path: string, request: RequestToSend, credential: Credential | undefined): Promise<Exchange> {
  return writeOwnFile(path, async () => {
    const exchange = await send(request, credential)
    return { bytes: exchange.body, result: exchange }
  })
}

async function chosenCredential({ text, terminal }: Invocation): Promise<Credential | undefined> {
  const name = text('profile') ?? terminal.env['LATCHWORK_PROFILE']
  return name ? credentialOf(await storeOf(terminal), name, Date.now) : undefined
}

function timeoutOf(given: string | undefined): number {
  const seconds = given === undefined ? 30 : Number(given)
  if (Number.isInteger(seconds) && seconds > 0 && seconds <= MAX_TIMEOUT_SECONDS) return seconds * 1000
  throw new WrongUsage('--timeout is no number of seconds.', `Write a whole number, 1 to ${MAX_TIMEOUT_SECONDS}.`)
}

const loginFlags: readonly Flag[] = [
  { name: 'type', value: 'TYPE', isRequired: true, help: `${Object.keys(profileTypes).join(', ')}.` },
  {
    name: 'api',
    value: 'ORIGIN',
    isRepeatable: true,
    help: "Where the credential may be sent: https://api.example.com. The server's own origin is among them.",
  },
  { name: 'server', value: 'URL', help: 'The issuer, or the Latchwork server of a session.' },
  { name: 'key-file', value: 'FILE', help: 'With api-key: where it is; - for standard input. Asked for if it is not said.' },
  { name: 'header-name', value: 'NAME', help: 'With api-key: the header it goes into, as it is; Authorization: Bearer unless said otherwise.' },
  { name: 'email', value: 'ADDRESS', help: 'With session: who signs in.' },
  { name: 'password-file', value: 'FILE', help: 'With session: where the password is; - for standard input. Asked for if it is not said.' },
  { name: 'client-id', value: 'ID', help: 'With OAuth: the client.' },
  { name: 'client-secret-file', value: 'FILE', help: "Where the client's secret is; - for standard input." },
  { name: 'client-auth', value: 'HOW', help: 'How the secret is sent: basic or post; basic unless said otherwise.' },
  { name: 'client-key-file', value: 'FILE', help: "The client's private key, PEM or JWK, for private_key_jwt." },
  { name: 'client-key-id', value: 'KID', help: 'Its kid, where the file does not say.' },
  { name: 'client-key-alg', value: 'ALG', help: 'Its algorithm, where the file does not say: ES256, RS256, PS256, Ed25519.' },
  { name: 'scope', value: 'SCOPE', help: "Scopes to ask for, separated by spaces: 'openid notes:read'." },
  { name: 'resource', value: 'URI', help: 'The API the token is for, by its identifier.' },
  { name: 'redirect-path', value: 'PATH', help: 'With code: the path registered for http://127.0.0.1; /callback unless said otherwise.' },
  { name: 'dpop', help: 'Bind the tokens to a key of this profile, so that they are no use to others.' },
  { name: 'replace', help: 'Take the place of a profile of this name.' },
]

const loginCommand: Command = {
  name: 'request login',
  summary: 'Save a credential under a name: an API key, a session, or an OAuth login.',
  operands: ['NAME'],
  flags: loginFlags,
  example: [
    'latchwork request login acme --type api-key --api https://api.example.com',
    'latchwork request login me --type code --server https://auth.example.com \\',
    "  --client-id cli --scope 'openid notes:read' --api https://api.example.com",
    'latchwork request login tv --type device --server https://auth.example.com \\',
    '  --client-id tv --api https://api.example.com',
  ],
  more:
    "Secrets are sealed under a key in the system's keyring, or, where there is none, under a passphrase: asked for, or taken from LATCHWORK_PASSPHRASE_FILE or LATCHWORK_PASSPHRASE. " +
    'BROWSER names another browser; BROWSER=none opens none.',
  run: (invocation) =>
    tellingFailures(async () => {
      const { terminal, operands, isOn, wantsJson } = invocation
      const wish = await wishOf(invocation, operands[0] ?? '')
      const profile = await login(await storeOf(terminal), wish, talkOf(invocation), isOn('replace'))
      if (wantsJson) terminal.out(JSON.stringify({ profile }))
      else terminal.err(`Logged in: ${profile.name} (${profileTypes[profile.type]}), for ${profile.origins.join(', ')}.`)
      return 0
    }),
}

function talkOf({ terminal }: Invocation): LoginTalk {
  return { say: (text) => terminal.err(printable(text)), openBrowser: (url) => openBrowser(terminal, url), wait, now: Date.now }
}

const profilesCommand: Command = {
  name: 'request profiles',
  summary: 'List the saved profiles, without their secrets.',
  flags: [],
  example: ['latchwork request profiles'],
  run: ({ terminal, wantsJson }) =>
    tellingFailures(async () => {
      const { profiles, damaged } = (await storeOf(terminal)).list()
      if (wantsJson) terminal.out(JSON.stringify({ profiles, damaged }))
      for (const name of damaged) terminal.err(`${name}.json is not what was written: log in again with --replace, or remove it.`)
      if (!wantsJson && profiles.length === 0) terminal.err('There is no profile yet: `latchwork request login` makes one.')
      else if (!wantsJson) terminal.out(table(['NAME', 'TYPE', 'SEALED BY', 'FOR'], profiles.map(rowOf)))
      return 0
    }),
}

const rowOf = ({ name, type, sealedBy, origins, dpop }: Profile & { readonly sealedBy: string }): readonly string[] => [
  name,
  dpop ? `${type}, bound` : type,
  sealedBy,
  origins.join(' '),
]

const logoutCommand: Command = {
  name: 'request logout',
  summary: 'End a profile: its tokens at the server, then the profile here.',
  operands: ['NAME'],
  flags: [],
  example: ['latchwork request logout acme'],
  run: ({ terminal, operands, wantsJson }) =>
    tellingFailures(async () => {
      const [name = ''] = operands
      const ended = await logout(await storeOf(terminal), name)
      if (wantsJson) terminal.out(JSON.stringify(ended))
      else
        terminal.err(ended.revoked ? `${name} is ended, here and at the server.` : `${name} is forgotten here. At the server it was not ended: ${ended.why}.`)
      return 0
    }),
}

export const requestCommands: readonly Command[] = [requestCommand, loginCommand, profilesCommand, logoutCommand]
