/** `latchwork request`: authenticated calls from the terminal. Exit codes: 0 answered with 2xx or 3xx, 1 refused, 2 no answer or called wrongly. */
import type { Command, Flag } from '../command.ts'

/** What these commands run is read when one of them runs: no other command waits for it. */
async function telling(act: () => Promise<number>): Promise<number> {
  return (await import('../request/request-failure.ts')).tellingFailures(act)
}

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
  run: (invocation) => telling(async () => (await import('../request/run-request.ts')).runRequest(invocation)),
}

const loginFlags: readonly Flag[] = [
  { name: 'type', value: 'TYPE', isRequired: true, help: 'api-key, session, code, device or client-credentials.' },
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
  run: (invocation) => telling(async () => (await import('../request/run-profiles.ts')).runLogin(invocation)),
}

const profilesCommand: Command = {
  name: 'request profiles',
  summary: 'List the saved profiles, without their secrets.',
  flags: [],
  example: ['latchwork request profiles'],
  run: (invocation) => telling(async () => (await import('../request/run-profiles.ts')).runProfiles(invocation)),
}

const logoutCommand: Command = {
  name: 'request logout',
  summary: 'End a profile: its tokens at the server, then the profile here.',
  operands: ['NAME'],
  flags: [],
  example: ['latchwork request logout acme'],
  run: (invocation) => telling(async () => (await import('../request/run-profiles.ts')).runLogout(invocation)),
}

export const requestCommands: readonly Command[] = [requestCommand, loginCommand, profilesCommand, logoutCommand]
