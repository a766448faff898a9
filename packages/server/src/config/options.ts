/** The one table of options: configuration files, environment, flags, `--help` and the reference page are all made from it. */
import { BRAND_FORM, type Secret } from '@latchwork/kernel'
import { faultOfHeaderName, faultOfHosts, faultOfProfiles } from './client-checks.ts'
import { faultOfExceptions, faultOfGithubKeys, faultOfKeysUrl, faultOfWebhookSecret } from './leak-options.ts'
import type { Option, ValueOfKind } from './option.ts'
import {
  between,
  faultOfColour,
  faultOfDatabaseUrl,
  faultOfHost,
  faultOfIssuer,
  faultOfName,
  faultOfOrigins,
  faultOfProxies,
  faultOfSecretKey,
  faultOfSecretKeys,
} from './option-checks.ts'
import { faultOfAllowed, faultOfMailAddress, faultOfMailAddresses, faultOfSigningSecret, faultOfSmtpUrl, faultOfWebhookUrl } from './outward-checks.ts'
import { faultOfPeppers } from './peppers.ts'

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
  'database.connections': {
    kind: 'integer',
    default: 10,
    help: 'How many connections to PostgreSQL each node keeps, beside the one that listens.',
    mend: 'Give between 1 and 1000, and no more in all than max_connections of PostgreSQL allows.',
    check: between(1, 1000),
  },
  'database.waitSeconds': {
    kind: 'integer',
    default: 2,
    help: 'How long a call waits for a connection to PostgreSQL before it is refused with 503.',
    mend: 'Give between 1 and 60.',
    check: between(1, 60),
  },
  secretKey: {
    kind: 'secret',
    help: "The server's secret key, 32 bytes in base64url: what is kept in the database is sealed with it.",
    mend: 'Make one with: latchwork generate secret-key',
    defaultWords: '<data>/secret.key, made at the first start; with PostgreSQL it must be given',
    check: faultOfSecretKey,
  },
  formerSecretKeys: {
    kind: 'secret',
    help: 'Secret keys that were in force before, separated by commas: what they sealed is opened with them and sealed anew under secretKey at the start.',
    mend: 'Give each as it was: 32 bytes in base64url (43 characters), separated by commas.',
    defaultWords: 'none',
    check: faultOfSecretKeys,
  },
  'signing.rotateEveryDays': {
    kind: 'integer',
    default: 90,
    help: 'How long a signing key signs before the next one takes over.',
    mend: 'Give between 1 and 3650.',
    check: between(1, 3650),
  },
  'signing.publishAheadHours': {
    kind: 'integer',
    default: 24,
    help: 'How long a signing key is published before it signs: longer than any verifier keeps a copy of /jwks.',
    mend: 'Give between 1 and 720.',
    check: between(1, 720),
  },
  'signing.ed25519Name': {
    kind: 'choice',
    choices: ['Ed25519', 'EdDSA'],
    default: 'Ed25519',
    help: 'The algorithm name that new keys for Ed25519 are published and sign under: that of RFC 9864, or the older one that more verifiers know.',
    mend: 'Say Ed25519 or EdDSA.',
  },
  'site.name': {
    kind: 'text',
    default: 'Latchwork',
    help: 'What people know this site by; pages show it.',
    mend: 'Give a name of 1 to 100 visible characters.',
    check: faultOfName,
  },
  'site.logo': {
    kind: 'path',
    help: 'The logo that stands above every page: PNG, JPEG, WebP or SVG. The server reads it at the start and serves it itself.',
    mend: 'Name a readable file that is a PNG, JPEG or WebP of at most 256 KB and 2048 × 2048 pixels, or an SVG with a viewBox, without script, motion and references to elsewhere.',
    defaultWords: 'none: the name alone stands there',
  },
  'site.logoDark': {
    kind: 'path',
    help: 'The logo for dark mode; best of the same size as site.logo.',
    mend: 'Name a file as for site.logo.',
    defaultWords: 'site.logo, on a light plate',
  },
  'site.logoHasName': {
    kind: 'boolean',
    default: false,
    help: 'Whether the logo itself shows the name of the site; else the name stands beside it.',
    mend: 'Say true or false.',
  },
  'site.accent': {
    kind: 'text',
    help: 'The colour of links, main buttons and the ring of the focus. Its contrast is computed at the start wherever it is used, and must reach WCAG 2.2 AA.',
    mend: 'Give a colour as #rrggbb, such as #1f57b5.',
    defaultWords: '#1f57b5',
    check: faultOfColour,
  },
  'site.accentDark': {
    kind: 'text',
    help: 'The same for dark mode, where only a light colour stands out.',
    mend: 'Give a colour as #rrggbb, such as #8db6ff.',
    defaultWords: 'the nearest colour of the hue of site.accent that stands out in dark mode; #8db6ff if that is not given either',
    check: faultOfColour,
  },
  'keys.brand': {
    kind: 'text',
    default: 'lw',
    help: 'The part of an API key that says whose it is: sk_live_<brand>_….',
    mend: 'Give 2 to 6 of a-z and 0-9.',
    check: (brand) => (BRAND_FORM.test(brand) ? undefined : 'is not 2 to 6 of a-z and 0-9'),
  },
  'keys.live.requireExpiry': {
    kind: 'boolean',
    default: false,
    help: 'Whether every new key of the live environment must have an expiry.',
    mend: 'Say true or false.',
  },
  'keys.live.maxLifetimeDays': {
    kind: 'integer',
    help: 'How long a key of the live environment may be made to live; with it, every new key must have an expiry.',
    mend: 'Give between 1 and 3650 days, or leave it away.',
    defaultWords: 'no bound',
    check: between(1, 3650),
  },
  'keys.test.requireExpiry': {
    kind: 'boolean',
    default: false,
    help: 'Whether every new key of the test environment must have an expiry.',
    mend: 'Say true or false.',
  },
  'keys.test.maxLifetimeDays': {
    kind: 'integer',
    help: 'How long a key of the test environment may be made to live; with it, every new key must have an expiry.',
    mend: 'Give between 1 and 3650 days, or leave it away.',
    defaultWords: 'no bound',
    check: between(1, 3650),
  },
  'keys.maxPerAccount': {
    kind: 'integer',
    default: 100,
    help: 'How many active restricted keys an account may have, and as many publishable ones. Secret keys have two places, always.',
    mend: 'Give between 1 and 100000.',
    check: between(1, 100_000),
  },
  'keys.maxPerPerson': {
    kind: 'integer',
    default: 100,
    help: 'How many active personal access tokens a person may have.',
    mend: 'Give between 1 and 1000.',
    check: between(1, 1000),
  },
  'keys.unusedAfterDays': {
    kind: 'integer',
    default: 90,
    help: 'After how many days without use GET /v1/keys/unused reports a key.',
    mend: 'Give between 1 and 3650.',
    check: between(1, 3650),
  },
  'keys.expiringWithinDays': {
    kind: 'integer',
    default: 14,
    help: 'How many days before its expiry a key is told of, once, by the event key.expiring; short-lived keys in the last quarter of their life.',
    mend: 'Give between 1 and 365.',
    check: between(1, 365),
  },
  'keys.requireNetworks': {
    kind: 'boolean',
    default: false,
    help: 'Whether every new key of the live environment must have networks it works from. GET /v1/keys?withoutNetworks=true lists those that are there without.',
    mend: 'Say true or false.',
  },
  'keys.revokeOnPlainHttp': {
    kind: 'boolean',
    default: false,
    help: 'Whether an API key that arrives over plain http, here or at a verifier with reportExposed, is revoked besides being refused: others may have read it.',
    mend: 'Say true or false.',
  },
  'keys.peppers': {
    kind: 'secret',
    help: 'Secrets under which the digests of API keys are stored, the newest first: id:secret, separated by commas, the same on every node. A new one goes to the end of the list on every node before it goes to its beginning; never take one away while keys are stored under it.',
    mend: 'Write each as <id>:<43 characters of base64url>: an id of 1 to 16 of a-z and 0-9, and 32 bytes such as `latchwork generate secret-key` prints.',
    defaultWords: 'none: digests are stored as they are',
    check: faultOfPeppers,
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
    mend: 'Write the kind (as in /.well-known/latchwork-key-formats) and what happens, with live or test before them if it is for one environment alone.',
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
  'oauth.profiles': {
    kind: 'list',
    default: [],
    help: 'Profiles that clients may have beside oauth21, such as oidc-compat for confidential clients of older libraries (PKCE may be absent).',
    mend: 'List profiles there are: oidc-compat.',
    check: faultOfProfiles,
  },
  'oauth.mtls.enabled': {
    kind: 'boolean',
    default: false,
    help: 'Whether clients may prove themselves by TLS certificates (RFC 8705). With http.tls, browsers that have certificates may then ask their owners for one.',
    mend: 'Say true or false.',
  },
  'oauth.mtls.caFile': {
    kind: 'path',
    help: 'The authorities (PEM) that vouch for the certificates of clients with tls_client_auth; intermediates are listed too.',
    mend: 'Name a readable PEM file with the certificates of your authorities.',
    defaultWords: 'none: only self_signed_tls_client_auth can succeed',
  },
  'oauth.mtls.header': {
    kind: 'text',
    help: 'The header in which a trusted proxy hands the certificate of the connection on: RFC 9440, or URL-encoded PEM as nginx writes it.',
    mend: 'Give the name of a header that your proxy sets and strips from callers, such as client-cert.',
    defaultWords: 'none: the certificate of the socket counts',
    check: faultOfHeaderName,
  },
  'registration.mode': {
    kind: 'choice',
    choices: ['closed', 'token', 'open'],
    default: 'closed',
    help: 'Who may register clients by themselves (RFC 7591): nobody, who has an initial access token, or everybody.',
    mend: 'Say closed, token or open.',
  },
  'registration.profile': {
    kind: 'choice',
    choices: ['oauth21', 'oidc-compat'],
    default: 'oauth21',
    help: 'The profile of confidential clients that register themselves; public ones are oauth21.',
    mend: 'Say oauth21, or oidc-compat with oauth.profiles listing it.',
  },
  'registration.scopes': {
    kind: 'list',
    default: ['openid', 'profile', 'email', 'offline_access'],
    help: 'The most that a client that registers itself may ask people for.',
    mend: 'List scopes, such as openid and notes:read.',
  },
  'registration.audiences': {
    kind: 'list',
    default: [],
    help: 'APIs that a client that registers itself may get tokens for.',
    mend: 'List identifiers of declared APIs.',
  },
  'registration.redirectHosts': {
    kind: 'list',
    default: [],
    help: 'Hosts that redirect URIs of such clients may lead to; *.example.com is every host under it. Loopback addresses and private schemes are not concerned.',
    mend: 'List hosts, such as app.example.com.',
    defaultWords: 'any',
    check: faultOfHosts,
  },
  'registration.requireStatement': {
    kind: 'boolean',
    default: false,
    help: 'Whether a client must show a software statement of one of statementIssuers.',
    mend: 'Say true or false.',
  },
  'registration.perAddressPerHour': {
    kind: 'integer',
    default: 20,
    help: 'How many registrations one network may make in an hour.',
    mend: 'Give between 1 and 10000.',
    check: between(1, 10_000),
  },
  'registration.unusedAfterDays': {
    kind: 'integer',
    default: 30,
    help: 'After how many days a registration that nobody used is removed.',
    mend: 'Give between 1 and 3650.',
    check: between(1, 3650),
  },
  'applications.maxPerPerson': {
    kind: 'integer',
    default: 0,
    help: 'How many applications a signed-in person may register as a developer (/v1/me/applications); 0 is none.',
    mend: 'Give between 0 and 1000.',
    check: between(0, 1000),
  },
  'applications.scopes': {
    kind: 'list',
    default: ['openid', 'profile', 'email', 'offline_access'],
    help: 'The most that an application of a developer may ask people for.',
    mend: 'List scopes, such as openid and notes:read.',
  },
  'applications.audiences': {
    kind: 'list',
    default: [],
    help: 'APIs that an application of a developer may get tokens for.',
    mend: 'List identifiers of declared APIs.',
  },
  'outbound.allow': {
    kind: 'list',
    default: [],
    help: 'Hosts, each with its port, that this server may reach though they are private or speak plain http: for webhooks, and for what clients name of theirs (jwks_uri, sector_identifier_uri, logos, back-channel logout), within your own network.',
    mend: 'List each as host:port, such as hooks.internal:8443.',
    check: faultOfAllowed,
  },
  'outbound.extraCaFile': {
    kind: 'path',
    help: 'Certificate authorities (PEM) that are believed beside the usual ones when this server calls others.',
    mend: 'Name a readable PEM file with the certificates of your own authorities.',
    defaultWords: 'none',
  },
  'mail.smtpUrl': {
    kind: 'secret',
    help: 'The mail server: smtp://user:password@host:587, encrypted by STARTTLS except on this machine, or smtps://. Owners of leaked credentials are told by it.',
    mend: 'Give smtp://user:password@host:587 or smtps://user:password@host.',
    defaultWords: 'none: no mail is sent',
    check: faultOfSmtpUrl,
  },
  'mail.from': {
    kind: 'text',
    help: 'The address that mail is sent from.',
    mend: 'Give a plain address, such as latchwork@example.com.',
    defaultWords: 'none',
    check: faultOfMailAddress,
  },
  'alerts.webhook.url': {
    kind: 'text',
    help: 'Where alerts are posted, signed.',
    mend: 'Give an https address; an address on this machine or in your own network must be listed in outbound.allow too.',
    defaultWords: 'none: alerts are events alone',
    check: faultOfWebhookUrl,
  },
  'alerts.webhook.secret': {
    kind: 'secret',
    help: 'What the posted alerts are signed with (HMAC-SHA-256), known to the receiver.',
    mend: 'Give at least 32 characters, such as `latchwork generate secret-key` prints.',
    defaultWords: 'none',
    check: faultOfSigningSecret,
  },
  'alerts.emailTo': {
    kind: 'list',
    default: [],
    help: 'Who gets alerts by e-mail.',
    mend: 'List plain addresses, such as security@example.com.',
    check: faultOfMailAddresses,
  },
  'alerts.silenceDays': {
    kind: 'integer',
    default: 30,
    help: 'After how many days without use the next use of a key is an alert.',
    mend: 'Give between 1 and 3650.',
    check: between(1, 3650),
  },
  'alerts.spikeFactor': {
    kind: 'integer',
    default: 10,
    help: 'How many times the usual hour of a key is an alert; below 100 uses an hour nothing is.',
    mend: 'Give between 2 and 1000.',
    check: between(2, 1000),
  },
  'alerts.refusalsPerMinute': {
    kind: 'integer',
    default: 30,
    help: 'How many refusals of one key within a minute are an alert.',
    mend: 'Give between 2 and 1000000.',
    check: between(2, 1_000_000),
  },
  'alerts.networksAtOnce': {
    kind: 'integer',
    default: 5,
    help: 'From how many networks a key may be used within ten minutes before it is an alert.',
    mend: 'Give between 2 and 100.',
    check: between(2, 100),
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
