/** What the configuration says of clients: which profiles, which proofs, who may register them. */
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { MAX_SCOPES, suggestion } from '@latchwork/kernel'
import type { ClientProfile } from '@latchwork/oauth'
import { isOpenidScope, openidScopes, profileNames, profiles } from '@latchwork/oauth'
import type { Config } from './config.ts'
import type { Problem } from './configuration-error.ts'
import { type OptionPath, type OptionValues, options } from './options.ts'
import { codeOf } from './secret-reference.ts'

type ClientOptions = Pick<Config, 'clientProofs' | 'registration' | 'applications'>

/** @param declared what the file declares, for what must fit it. @param written how the operator wrote an option. */
export function readClientOptions(
  values: OptionValues,
  declared: Pick<Config, 'apis'> & Pick<Config, 'statementIssuers'>,
  written: (path: OptionPath) => string,
): { readonly clientOptions: ClientOptions; readonly problems: readonly Problem[] } {
  const problems: Problem[] = []
  const report = (path: OptionPath, fault: string): void => void problems.push({ option: written(path), fault, mend: options[path].mend })
  const enabled = enabledProfiles(values)
  if (!enabled.includes(values['registration.profile'])) report('registration.profile', 'is not among oauth.profiles')
  if (values['registration.requireStatement'] && declared.statementIssuers.length === 0)
    report('registration.requireStatement', 'is true, but statementIssuers declares none')
  for (const path of ['registration.audiences', 'applications.audiences'] as const)
    for (const audience of values[path])
      if (!declared.apis.some(({ identifier }) => identifier === audience)) report(path, `holds ${audience}, which is no declared API`)
  const scopes = [...Object.keys(openidScopes), ...declared.apis.flatMap((api) => api.scopes.map(({ name }) => name))]
  for (const path of ['registration.scopes', 'applications.scopes'] as const)
    for (const scope of values[path])
      if (!scope.includes('*') && !isOpenidScope(scope) && !scopes.includes(scope))
        problems.push({ option: written(path), fault: `holds ${scope}, which no declared API defines`, mend: suggestion(scope, scopes) })
  const supported = new Set(scopes).size
  if (supported > MAX_SCOPES)
    problems.push({
      option: 'apis',
      fault: `define ${supported} scopes with those of OpenID Connect, and a request names ${MAX_SCOPES} at most`,
      mend: 'Some clients ask for all that metadata lists: define fewer.',
    })
  const header = values['oauth.mtls.header']
  if (header !== undefined && values['http.trustedProxies'].length === 0) report('oauth.mtls.header', 'is set, but http.trustedProxies trusts nobody')
  const authorities = readAuthorities(values['oauth.mtls.caFile'], (fault) => report('oauth.mtls.caFile', fault))
  const clientOptions: ClientOptions = {
    clientProofs: {
      profiles: enabled,
      ...(values['oauth.mtls.enabled'] ? { mtls: { authorities, ...(header === undefined ? {} : { header: header.toLowerCase() }) } } : {}),
    },
    registration: {
      mode: values['registration.mode'],
      profile: values['registration.profile'],
      scopes: values['registration.scopes'],
      audiences: values['registration.audiences'],
      redirectHosts: values['registration.redirectHosts'],
      needsStatement: values['registration.requireStatement'],
      perAddressPerHour: values['registration.perAddressPerHour'],
      unusedAfterDays: values['registration.unusedAfterDays'],
    },
    applications: { maxPerPerson: values['applications.maxPerPerson'], scopes: values['applications.scopes'], audiences: values['applications.audiences'] },
  }
  return { clientOptions, problems }
}

/** Those that need no enabling, and those that were. */
function enabledProfiles(values: OptionValues): readonly ClientProfile[] {
  return profileNames.filter((name) => !profiles[name].needsEnabling || values['oauth.profiles'].includes(name))
}

function readAuthorities(path: string | undefined, report: (fault: string) => void): readonly string[] {
  if (path === undefined) return []
  try {
    const found = readFileSync(path, 'utf8').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
    for (const pem of found) void new X509Certificate(pem)
    if (found.length === 0) report('holds no PEM certificate')
    return found
  } catch (error) {
    report(`cannot be read as certificates (${codeOf(error)})`)
    return []
  }
}
