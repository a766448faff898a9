/** Settings that are each fine but unsafe or impossible together: refused at start with the reason, or warned of (E7, V5, J4). */
import type { Problem } from './configuration-error.ts'
import { isLoopbackHost } from './option-checks.ts'
import type { OptionPath, OptionValues } from './options.ts'

export interface Settings {
  readonly values: OptionValues
  readonly issuer: string
  readonly mode: 'development' | 'production'
  readonly demo: boolean
  readonly signUpOpen: boolean
  readonly hasTls: boolean
  readonly bareSecrets: readonly OptionPath[]
}

type Rule = (settings: Settings) => { readonly at: OptionPath; readonly fault: string; readonly mend: string } | undefined | false

/** The longest access token of a session without a reason given (J4). */
export const MAX_SESSION_ACCESS_TOKEN_SECONDS = 900

const refused: readonly Rule[] = [
  ({ mode, demo }) =>
    mode === 'production' && demo && { at: 'demo', fault: 'is on in production: its keys and applications are made to be played with', mend: 'Turn it off.' },
  ({ mode, issuer }) =>
    mode === 'development' &&
    !isLoopback(issuer) && { at: 'mode', fault: `is development, but ${issuer} is not on this machine`, mend: 'Leave mode away, or say production.' },
  ({ issuer, values, hasTls }) =>
    issuer.startsWith('http:') &&
    !hasTls &&
    !isLoopbackHost(values['http.host']) && {
      at: 'http.host',
      fault: `${values['http.host']} can be reached by others, but the issuer is http: credentials would travel in clear`,
      mend: 'Set issuer to the https address people use, with http.tls or a proxy that speaks TLS; or listen on localhost.',
    },
  ({ values, issuer }) =>
    values['http.tls.certFile'] !== undefined &&
    issuer.startsWith('http:') && { at: 'issuer', fault: 'is http, but http.tls is set', mend: 'Give the issuer as https.' },
  ({ values }) =>
    values['database.url'] !== undefined &&
    values.secretKey === undefined && {
      at: 'secretKey',
      fault: 'is not given, but the database is PostgreSQL: every node must have the same one',
      mend: 'Make one with `latchwork generate secret-key` and give it to every node by LATCHWORK_SECRET_KEY_FILE or LATCHWORK_SECRET_KEY.',
    },
  ({ values }) =>
    values['sessions.accessTokenLifetimeSeconds'] > MAX_SESSION_ACCESS_TOKEN_SECONDS &&
    values['sessions.unsafeLongAccessTokens.reason'] === undefined && {
      at: 'sessions.accessTokenLifetimeSeconds',
      fault: `${values['sessions.accessTokenLifetimeSeconds']} is over ${MAX_SESSION_ACCESS_TOKEN_SECONDS}: a stolen token would be good for too long`,
      mend: `Stay at ${MAX_SESSION_ACCESS_TOKEN_SECONDS} or below, or say why not in sessions.unsafeLongAccessTokens.reason.`,
    },
  ({ values }) =>
    values['signing.publishAheadHours'] * 2 > values['signing.rotateEveryDays'] * 24 && {
      at: 'signing.publishAheadHours',
      fault: `${values['signing.publishAheadHours']} hours is more than half of signing.rotateEveryDays (${values['signing.rotateEveryDays']} days)`,
      mend: 'Lower it, or rotate less often.',
    },
  ({ values }) => refreshWithin(values, 'sessions'),
  ({ values }) => refreshWithin(values, 'oauth'),
]

const warned: readonly ((settings: Settings) => string | undefined | false)[] = [
  ({ mode, issuer }) => mode === 'production' && isLoopback(issuer) && `mode is production, but the issuer ${issuer} can only be reached from this machine.`,
  ({ mode, signUpOpen }) => mode === 'production' && signUpOpen && 'signUp.open is true: anybody who reaches this server can make an account.',
  ({ issuer, values, hasTls }) =>
    issuer.startsWith('https:') &&
    !hasTls &&
    values['http.trustedProxies'].length === 0 &&
    'The issuer is https, but the server neither speaks TLS (http.tls) nor knows its proxy (http.trustedProxies): requests will be refused as not encrypted.',
  ({ values }) =>
    values['sessions.accessTokenLifetimeSeconds'] > MAX_SESSION_ACCESS_TOKEN_SECONDS &&
    `Session access tokens live ${values['sessions.accessTokenLifetimeSeconds']} seconds, more than ${MAX_SESSION_ACCESS_TOKEN_SECONDS}. Reason given: ${values['sessions.unsafeLongAccessTokens.reason']}`,
  ({ values }) =>
    values['oauth.profiles'].includes('oidc-compat') &&
    'oauth.profiles enables oidc-compat: its clients may do without PKCE, and name the token endpoint as audience of their assertions (docs/deviations.md).',
  ({ values }) => values['registration.mode'] === 'open' && 'registration.mode is open: anybody who reaches this server can register an application.',
  ({ mode, bareSecrets }) =>
    mode === 'production' &&
    bareSecrets.length > 0 &&
    `${bareSecrets.join(', ')} stands in the configuration file itself; a reference { file } or { env } keeps it out of copies and repositories.`,
  ({ mode, values }) => {
    const local = values['sessions.allowedOrigins'].filter((origin) => origin.startsWith('http:'))
    return mode === 'production' && local.length > 0 && `sessions.allowedOrigins lets in ${local.join(', ')}: whatever runs there on a visitor's machine.`
  },
]

/** @param written how the operator wrote an option, for the problem's name. */
export function unsafeSettings(settings: Settings, written: (path: OptionPath) => string): readonly Problem[] {
  return refused.flatMap((rule) => {
    const found = rule(settings)
    return found === undefined || found === false ? [] : [{ option: written(found.at), fault: found.fault, mend: found.mend }]
  })
}

export function warningsOf(settings: Settings): readonly string[] {
  return warned.flatMap((rule) => rule(settings) || [])
}

export function isLoopback(issuer: string): boolean {
  return isLoopbackHost(new URL(issuer).hostname)
}

function refreshWithin(values: OptionValues, of: 'sessions' | 'oauth'): ReturnType<Rule> {
  const [access, idle, absolute] = [values[`${of}.accessTokenLifetimeSeconds`], values[`${of}.refreshLifetimeSeconds`], values[`${of}.absoluteLifetimeSeconds`]]
  if (idle > absolute)
    return {
      at: `${of}.refreshLifetimeSeconds`,
      fault: `${idle} is more than ${of}.absoluteLifetimeSeconds (${absolute})`,
      mend: 'Lower it, or raise the other.',
    }
  return (
    access > idle && { at: `${of}.refreshLifetimeSeconds`, fault: `${idle} is less than the access token's ${access}`, mend: 'Raise it, or lower the other.' }
  )
}
