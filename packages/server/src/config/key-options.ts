/** API keys, and what happens to one that leaks. Rows of the one table in `options.ts`. */
import { BRAND_FORM } from '@latchwork/kernel'
import { faultOfExceptions, faultOfGithubKeys, faultOfKeysUrl, faultOfWebhookSecret } from './leak-options.ts'
import type { Option } from './option.ts'
import { between } from './option-checks.ts'
import { faultOfPeppers } from './peppers.ts'

export const keyOptions = {
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
} as const satisfies Readonly<Record<string, Option>>
