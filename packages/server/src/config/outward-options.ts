/** What leaves the server: calls, mail, alerts and the log; and the demo. Rows of the one table in `options.ts`. */

import type { Option } from './option.ts'
import { between } from './option-checks.ts'
import { faultOfAllowed, faultOfMailAddress, faultOfMailAddresses, faultOfSigningSecret, faultOfSmtpUrl, faultOfWebhookUrl } from './outward-checks.ts'

export const outwardOptions = {
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
