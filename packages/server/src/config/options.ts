/** The one table of options: configuration files, environment, flags, `--help` and the reference page are all made from it. */
import { BRAND_FORM, type Secret } from '@latchwork/kernel'
import { faultOfExceptions, faultOfGithubKeys, faultOfKeysUrl, faultOfWebhookSecret } from './leak-options.ts'
import type { Option, ValueOfKind } from './option.ts'
import { between, faultOfDatabaseUrl, faultOfHost, faultOfIssuer, faultOfName, faultOfOrigins, faultOfProxies, faultOfSecretKey } from './option-checks.ts'

const DAY = 24 * 60 * 60

export const options = {
  issuer: {
    kind: 'text',
    flag: 'issuer',
    help: 'The public address of this server, and the issuer of its tokens.',
    mend: 'Give the origin that people and clients use, such as https://auth.example.com: https, no path, no slash at the end.',
    defaultWords: 'http://localhost:<http.port>',
    check: faultOfIssuer,
  },
  mode: {
    kind: 'choice',
    choices: ['development', 'production'],
    flag: 'mode',
    help: 'Whether this is an installation to try things in or one that people rely on; sets safe defaults and refuses unsafe ones.',
    mend: 'Say development or production.',
    defaultWords: 'development if the issuer is http on this machine, else production',
  },
  'http.port': {
    kind: 'integer',
    default: 8420,
    flag: 'port',
    help: 'The port to listen on.',
    mend: 'Give a port between 1 and 65535; the issuer is made of it, so it cannot be left to chance.',
    check: between(1, 65_535),
  },
  'http.host': {
    kind: 'text',
    default: 'localhost',
    flag: 'host',
    help: 'The address to listen on; localhost takes both of its addresses, IPv4 and IPv6.',
    mend: 'Give localhost, or the IP address of the interface to listen on.',
    check: faultOfHost,
  },
  'http.trustedProxies': {
    kind: 'list',
    default: [],
    flag: 'trusted-proxies',
    help: 'Addresses or CIDR blocks of the proxies in front: only their X-Forwarded-For and X-Forwarded-Proto are believed.',
    mend: 'List the addresses of your own proxies, such as 10.0.0.0/24.',
    check: faultOfProxies,
  },
  'http.tls.certFile': {
    kind: 'path',
    help: 'The certificate chain (PEM), if this server speaks TLS by itself.',
    mend: 'Name a readable PEM file with the certificate first.',
    defaultWords: 'none: a proxy in front speaks TLS',
  },
  'http.tls.keyFile': {
    kind: 'path',
    help: 'The private key of the certificate (PEM).',
    mend: "Name a readable PEM file with the certificate's own private key.",
    defaultWords: 'none',
  },
  data: {
    kind: 'path',
    default: './data',
    flag: 'data',
    help: 'The folder of the embedded database and of the secret key.',
    mend: 'Name a folder that this user may write to.',
  },
  'database.url': {
    kind: 'secret',
    help: 'The PostgreSQL database: postgres://user:password@host:5432/name.',
    mend: 'Give postgres://user:password@host:5432/name, or leave it away for the embedded database.',
    defaultWords: 'the embedded SQLite database in the data folder',
    check: faultOfDatabaseUrl,
  },
  secretKey: {
    kind: 'secret',
    help: "The server's secret key, 32 bytes in base64url: what is kept in the database is sealed with it.",
    mend: 'Make one with: latchwork generate secret-key',
    defaultWords: '<data>/secret.key, made at the first start; with PostgreSQL it must be given',
    check: faultOfSecretKey,
  },
  'site.name': {
    kind: 'text',
    default: 'Latchwork',
    help: 'What people know this site by; pages show it.',
    mend: 'Give a name of 1 to 100 visible characters.',
    check: faultOfName,
  },
  'keys.brand': {
    kind: 'text',
    default: 'lw',
    help: 'The part of an API key that says whose it is: sk_live_<brand>_….',
    mend: 'Give 2 to 6 of a-z and 0-9.',
    check: (brand) => (BRAND_FORM.test(brand) ? undefined : 'is not 2 to 6 of a-z and 0-9'),
  },
  'leaks.live': {
    kind: 'reaction',
    default: 'revoke',
    help: 'What happens to a live credential that is reported as leaked: it is revoked at once, revoked after a while, or its owner is only told.',
    mend: 'Say revoke, notify, or how long to wait: revoke after 30 minutes (1 to 43200).',
  },
  'leaks.test': {
    kind: 'reaction',
    default: 'notify',
    help: 'What happens to a test credential that is reported as leaked.',
    mend: 'Say revoke, notify, or how long to wait: revoke after 30 minutes (1 to 43200).',
  },
  'leaks.exceptions': {
    kind: 'list',
    default: [],
    help: 'Kinds of credentials that are treated otherwise when they leak, such as "live pat notify" or "client_secret revoke after 60 minutes"; the last that fits counts.',
    mend: 'Write [live|test] KIND REACTION, with a kind of /.well-known/latchwork-key-formats.',
    defaultWords: 'none; the owner of a client secret is only told, as if client_secret notify stood first',
    check: faultOfExceptions,
  },
  'leaks.webhookSecret': {
    kind: 'secret',
    help: 'The secret that scanners of your own sign their reports with (POST /v1/leaks/webhook).',
    mend: 'Give at least 32 random characters, such as those of: latchwork generate secret-key',
    defaultWords: 'none: the webhook is off',
    check: faultOfWebhookSecret,
  },
  'leaks.github.enabled': {
    kind: 'boolean',
    default: false,
    help: "Whether reports of GitHub's secret scanning are taken (POST /v1/leaks/github). You enrol with GitHub by yourself.",
    mend: 'Say true or false.',
  },
  'leaks.github.keysUrl': {
    kind: 'text',
    default: 'https://api.github.com/meta/public_keys/secret_scanning',
    help: 'Where the keys are that GitHub signs its reports with.',
    mend: 'Give an https address that answers as GitHub does.',
    check: faultOfKeysUrl,
  },
  'leaks.github.keys': {
    kind: 'list',
    default: [],
    help: 'Keys of GitHub that are pinned, each as identifier=key (SPKI in base64); with any, no other key is believed and none is fetched.',
    mend: 'Write each as the key identifier, an equals sign and the key in base64, without the lines of PEM around it.',
    defaultWords: 'none: they are fetched from leaks.github.keysUrl',
    check: faultOfGithubKeys,
  },
  'signUp.open': {
    kind: 'boolean',
    help: 'Whether anybody may make an account for themselves.',
    mend: 'Say true or false.',
    defaultWords: 'true in development, false in production',
  },
  'sessions.accessTokenLifetimeSeconds': {
    kind: 'integer',
    default: 600,
    help: 'How long the access token of a session lives.',
    mend: 'Stay at 900 or below: a front end gets a new one by refreshing.',
    check: between(60, DAY),
  },
  'sessions.unsafeLongAccessTokens.reason': {
    kind: 'text',
    help: 'Why session access tokens must live longer than 900 seconds here; without a reason they may not.',
    mend: 'Write the reason in a sentence; it is logged at every start.',
    defaultWords: 'none: longer than 900 seconds is refused',
    check: (reason) => (reason.trim().length < 10 ? 'is too short to be a reason' : undefined),
  },
  'sessions.refreshLifetimeSeconds': {
    kind: 'integer',
    default: 30 * DAY,
    help: 'How long a session lives without being refreshed.',
    mend: 'Give between 5 minutes (300) and 400 days (34560000).',
    check: between(300, 400 * DAY),
  },
  'sessions.absoluteLifetimeSeconds': {
    kind: 'integer',
    default: 90 * DAY,
    help: 'How long a session lives at most, however often it is refreshed.',
    mend: 'Give between 5 minutes (300) and 400 days (34560000), and no less than sessions.refreshLifetimeSeconds.',
    check: between(300, 400 * DAY),
  },
  'sessions.allowedOrigins': {
    kind: 'list',
    default: [],
    help: 'Origins of your own front ends that may use the session API from a browser.',
    mend: 'List each origin exactly as browsers send it, such as https://app.example.com.',
    check: faultOfOrigins,
  },
  'oauth.accessTokenLifetimeSeconds': {
    kind: 'integer',
    default: 3600,
    help: 'How long the access token of an application lives.',
    mend: 'Give between 1 minute (60) and 1 day (86400).',
    check: between(60, DAY),
  },
  'oauth.refreshLifetimeSeconds': {
    kind: 'integer',
    default: 30 * DAY,
    help: 'How long a grant to an application lives without being refreshed.',
    mend: 'Give between 5 minutes (300) and 400 days (34560000).',
    check: between(300, 400 * DAY),
  },
  'oauth.absoluteLifetimeSeconds': {
    kind: 'integer',
    default: 365 * DAY,
    help: 'How long a grant to an application lives at most, however often it is refreshed.',
    mend: 'Give between 5 minutes (300) and 400 days (34560000), and no less than oauth.refreshLifetimeSeconds.',
    check: between(300, 400 * DAY),
  },
  'oauth.codeLifetimeSeconds': {
    kind: 'integer',
    default: 60,
    help: 'How long an authorization code can be redeemed.',
    mend: 'Give between 10 and 60 seconds (RFC 9700 asks for short-lived codes).',
    check: between(10, 60),
  },
  demo: {
    kind: 'boolean',
    flag: 'demo',
    help: 'Whether a demo API and a demo application run beside the server, to click through.',
    mend: 'Leave it off in production: the demo is made to be played with.',
    defaultWords: 'true in development without a configuration file',
  },
  'log.level': {
    kind: 'choice',
    choices: ['fatal', 'error', 'warn', 'info', 'debug', 'trace'],
    flag: 'log-level',
    help: 'How much is logged.',
    defaultWords: 'warn in development, info in production',
    mend: 'Say fatal, error, warn, info, debug or trace.',
  },
  'log.format': {
    kind: 'choice',
    choices: ['json', 'pretty'],
    flag: 'log-format',
    help: 'JSON lines, or lines for people.',
    mend: 'Say json or pretty.',
    defaultWords: 'pretty on a terminal, else json',
  },
} as const satisfies Readonly<Record<string, Option>>

export type OptionPath = keyof typeof options

type ValueOf<O extends Option> = O extends { readonly choices: readonly (infer C)[] } ? C : ValueOfKind[O['kind']]

/** Every option's value once read: defaults filled in, what has none and was not given `undefined`. */
export type OptionValues = {
  readonly [P in OptionPath]: (typeof options)[P] extends { readonly default: unknown }
    ? ValueOf<(typeof options)[P]>
    : ValueOf<(typeof options)[P]> | undefined
}

/** What an option may be in a configuration file: a secret may be a reference. */
export type WrittenValues = {
  readonly [P in OptionPath]: ValueOf<(typeof options)[P]> extends Secret ? SecretReference | string : ValueOf<(typeof options)[P]>
}

/** Where a secret stands instead of the configuration itself. */
export type SecretReference = { readonly file: string } | { readonly env: string }

export const optionPaths = Object.keys(options) as readonly OptionPath[]

/** The row as the plain shape that all rows share. */
export function optionAt(path: OptionPath): Option {
  return options[path]
}
