/** From flags, environment and file to the one checked configuration. */
import { join } from 'node:path'
import { readClientOptions } from './client-options.ts'
import type { Config } from './config.ts'
import { ConfigurationError } from './configuration-error.ts'
import { readDeclared, warningsOfApis } from './declared.ts'
import type { LatchworkConfig } from './define-config.ts'
import { type Flags, gather } from './gather.ts'
import { readException, readGithubKey } from './leak-options.ts'
import { environmentName } from './option.ts'
import { entriesOf } from './option-checks.ts'
import type { OptionPath, OptionValues } from './options.ts'
import { readOutward } from './outward.ts'
import { readPeppers } from './peppers.ts'
import { type ConfigFile, readConfigFile } from './read-config-file.ts'
import { problemOfSecretKeyFile } from './secret-key.ts'
import { readSite } from './site-look.ts'
import { readTls } from './tls.ts'
import { isLoopback, type Settings, unsafeSettings, warningsOf } from './unsafe-settings.ts'
import { misspelledVariables } from './variables.ts'

export interface ConfigSources {
  /** The file to read; else `LATCHWORK_CONFIG`, else `latchwork.config.ts` in `cwd` if it is there. */
  readonly file?: string | undefined
  /** A configuration at hand, for tests and embedding: no file is looked for then. */
  readonly given?: LatchworkConfig
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Flags of `latchwork start`, by name without dashes. */
  readonly flags?: Flags
  readonly cwd?: string
  /** Whether the log goes to a terminal: decides the default of `log.format`. */
  readonly isTerminal?: boolean
  /** Epoch milliseconds, to judge the certificate by. */
  readonly now?: number
}

const NAME_OF_FILE = environmentName('config')

/**
 * Reads and checks the whole configuration: flag over environment over file over default. Writes nothing: the data folder and the secret key are made by the start.
 * @throws ConfigurationError with everything that is wrong, each with the option as it was written and the mend.
 */
export async function loadConfig(sources: ConfigSources = {}): Promise<Config> {
  const { env = {}, flags = {}, cwd = process.cwd() } = sources
  const file = sources.given === undefined ? await fileOf(sources, env, cwd) : { content: sources.given as ConfigFile['content'] }
  const { values, written, bareSecrets, problems } = gather({ flags, env, file, cwd })
  const { declared, problems: misdeclared } = await readDeclared(file?.content ?? {}, { env, folder: file?.path === undefined ? cwd : join(file.path, '..') })
  const faulty = [...problems, ...misdeclared]
  if (faulty.length > 0) throw new ConfigurationError(faulty)

  const nameOf = (path: OptionPath) => written.get(path) ?? path
  const { tls, problem: tlsProblem } = readTls(values, nameOf, sources.now ?? Date.now())
  const settings = settle(values, file !== undefined, bareSecrets)
  const { outward, problems: outwardProblems } = readOutward(values, nameOf)
  const { clientOptions, problems: clientProblems } = readClientOptions(values, declared, nameOf)
  const { site, problems: siteProblems } = readSite(values, nameOf)
  const keyFile = join(values.data, 'secret.key')
  const keyProblem = values.secretKey === undefined ? problemOfSecretKeyFile(keyFile) : undefined
  const unsafe = [
    ...(tlsProblem === undefined ? [] : [tlsProblem]),
    ...outwardProblems,
    ...clientProblems,
    ...siteProblems,
    ...unsafeSettings(settings, nameOf),
    ...(keyProblem === undefined ? [] : [keyProblem]),
  ]
  if (unsafe.length > 0) throw new ConfigurationError(unsafe)

  return freeze({
    issuer: settings.issuer,
    mode: settings.mode,
    http: {
      port: values['http.port'],
      host: values['http.host'],
      trustedProxies: values['http.trustedProxies'],
      ...(tls === undefined ? {} : { tls }),
    },
    data: values.data,
    database:
      values['database.url'] === undefined
        ? { engine: 'sqlite', file: join(values.data, 'latchwork.db') }
        : { engine: 'postgres', url: values['database.url'], connections: values['database.connections'], waitSeconds: values['database.waitSeconds'] },
    secretKey: values.secretKey === undefined ? { file: keyFile } : { given: values.secretKey },
    formerSecretKeys: values.formerSecretKeys === undefined ? [] : entriesOf(values.formerSecretKeys),
    signing: {
      rotateEveryDays: values['signing.rotateEveryDays'],
      publishAheadHours: values['signing.publishAheadHours'],
      ed25519Name: values['signing.ed25519Name'],
    },
    events: values['events.keepForever'] ? {} : { keepDays: values['events.keepDays'] },
    site,
    keys: keysOf(values),
    leaks: leaksOf(values),
    signUp: { open: settings.signUpOpen },
    sessions: {
      accessTokenLifetimeSeconds: values['sessions.accessTokenLifetimeSeconds'],
      refreshLifetimeSeconds: values['sessions.refreshLifetimeSeconds'],
      absoluteLifetimeSeconds: values['sessions.absoluteLifetimeSeconds'],
      allowedOrigins: values['sessions.allowedOrigins'],
    },
    oauth: {
      accessTokenLifetimeSeconds: values['oauth.accessTokenLifetimeSeconds'],
      refreshLifetimeSeconds: values['oauth.refreshLifetimeSeconds'],
      absoluteLifetimeSeconds: values['oauth.absoluteLifetimeSeconds'],
      codeLifetimeSeconds: values['oauth.codeLifetimeSeconds'],
    },
    ...clientOptions,
    ...outward,
    demo: settings.demo,
    log: {
      level: values['log.level'] ?? (settings.mode === 'development' ? 'warn' : 'info'),
      format: values['log.format'] ?? (sources.isTerminal === true ? 'pretty' : 'json'),
    },
    ...declared,
    warnings: [...warningsOf(settings), ...warningsOfApis(declared.apis), ...misspelledVariables(env)],
    ...(file?.path === undefined ? {} : { file: file.path }),
  })
}

function leaksOf(values: OptionValues): Config['leaks'] {
  const secret = values['leaks.webhookSecret']
  const exceptions = values['leaks.exceptions'].flatMap((entry) => readException(entry) ?? [])
  const keys = values['leaks.github.keys'].flatMap((entry) => readGithubKey(entry) ?? [])
  return {
    policy: { live: values['leaks.live'], test: values['leaks.test'], exceptions },
    ...(secret === undefined ? {} : { webhookSecret: secret }),
    ...(values['leaks.github.enabled'] ? { github: { keysUrl: values['leaks.github.keysUrl'], keys } } : {}),
  }
}

function keysOf(values: OptionValues): Config['keys'] {
  const lifetime = (requireExpiry: boolean, maxLifetimeDays: number | undefined) => ({
    requireExpiry,
    ...(maxLifetimeDays === undefined ? {} : { maxLifetimeDays }),
  })
  return {
    brand: values['keys.brand'],
    live: lifetime(values['keys.live.requireExpiry'], values['keys.live.maxLifetimeDays']),
    test: lifetime(values['keys.test.requireExpiry'], values['keys.test.maxLifetimeDays']),
    maxPerAccount: values['keys.maxPerAccount'],
    maxPerPerson: values['keys.maxPerPerson'],
    unusedAfterDays: values['keys.unusedAfterDays'],
    expiringWithinDays: values['keys.expiringWithinDays'],
    requireNetworks: values['keys.requireNetworks'],
    revokeOnPlainHttp: values['keys.revokeOnPlainHttp'],
    peppers: values['keys.peppers'] === undefined ? [] : readPeppers(values['keys.peppers']),
  }
}

function fileOf(sources: ConfigSources, env: NonNullable<ConfigSources['env']>, cwd: string): Promise<ConfigFile | undefined> {
  if (sources.file !== undefined) return readConfigFile(sources.file, cwd, '--config')
  return readConfigFile(env[NAME_OF_FILE] || undefined, cwd, NAME_OF_FILE)
}

/** What depends on other options when it is not given. */
function settle(values: OptionValues, hasFile: boolean, bareSecrets: readonly OptionPath[]): Settings {
  const hasTls = values['http.tls.certFile'] !== undefined || values['http.tls.keyFile'] !== undefined
  const issuer = values.issuer ?? `${hasTls ? 'https' : 'http'}://localhost:${values['http.port']}`
  const mode = values.mode ?? (isLoopback(issuer) && issuer.startsWith('http:') ? 'development' : 'production')
  const demo = values.demo ?? (mode === 'development' && !hasFile)
  return { values, issuer, mode, demo, signUpOpen: values['signUp.open'] ?? mode === 'development', hasTls, bareSecrets }
}

/** Frozen to the bottom; secrets and other objects with a class are left as they are. */
function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && (Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype)) {
    for (const inner of Object.values(value)) freeze(inner)
    Object.freeze(value)
  }
  return value
}
