/** Reads what a file declares: shapes first, then what must hold among the declared things, then secrets and defaults. */
import { parseEmail, parseProfile } from '@latchwork/accounts'
import { managementScopes, opensManagement } from '@latchwork/api-keys'
import { digestOf, parseToken, Refusal, Secret, suggestion } from '@latchwork/kernel'
import {
  authenticationMethods,
  CONNECTED_KEY_SCOPE,
  checkKeys,
  checkRedirectUri,
  checkSettings,
  faultOfKeySet,
  isOpenidScope,
  openidScopes,
  profiles,
} from '@latchwork/oauth'
import type { Config, DeclaredApi, DeclaredClient, DeclaredUser } from './config.ts'
import type { Problem } from './configuration-error.ts'
import type { Declarations } from './declared-schema.ts'
import { readDeliveryTargets } from './delivery-targets.ts'
import { resolveReference, type Surroundings } from './secret-reference.ts'

export type Declared = Pick<Config, 'apis' | 'clients' | 'users' | 'accounts' | 'rootKeys' | 'roles' | 'statementIssuers' | 'deliveryTargets'>

type WrittenClient = NonNullable<Declarations['clients']>[number]
type WrittenUser = NonNullable<Declarations['users']>[number]
/** The longest JWT access token without a reason given (J4). */
const MAX_JWT_SECONDS = 900

type Report = (option: string, fault: string, mend: string) => void

export async function readDeclared(
  content: Readonly<Record<string, unknown>>,
  around: Surroundings,
): Promise<{ readonly declared: Declared; readonly problems: readonly Problem[] }> {
  const none: Declared = { apis: [], clients: [], users: [], accounts: [], rootKeys: [], roles: [], statementIssuers: [], deliveryTargets: [] }
  const names = Object.keys(none)
  const shapes = Object.fromEntries(Object.entries(content).filter(([name]) => names.includes(name)))
  const misshapen = await problemsOfShapes(shapes)
  if (misshapen.length > 0) return { declared: none, problems: misshapen }
  const written = shapes as Declarations
  const problems: Problem[] = []
  const report: Report = (option, fault, mend) => void problems.push({ option, fault, mend })
  const apis = (written.apis ?? []).map((api): DeclaredApi => ({ ...api, firstParty: api.firstParty ?? false }))
  for (const [index, api] of apis.entries()) checkApi(api, `apis[${index}]`, report)
  const accounts = written.accounts ?? []
  const clients = (written.clients ?? []).map((client, index) => readClient(client, `clients[${index}]`, apis, around, report))
  checkIntrospectionClients(apis, clients, report)
  const users = (written.users ?? []).map((user, index) => readUser(user, `users[${index}]`, around, report))
  const rootKeys = written.rootKeys ?? []
  for (const [index, { scopes }] of rootKeys.entries()) checkRootKeyScopes(scopes, `rootKeys[${index}].scopes`, report)
  const roles = written.roles ?? []
  const deliveryTargets = readDeliveryTargets(written.deliveryTargets ?? [], around, report)
  refuseTwins(report, 'apis', 'identifier', apis)
  refuseTwins(report, 'clients', 'id', clients)
  refuseTwins(report, 'users', 'email', users)
  refuseTwins(report, 'accounts', 'id', accounts)
  refuseTwins(report, 'rootKeys', 'digest', rootKeys)
  refuseTwins(report, 'roles', 'name', roles)
  refuseTwins(report, 'deliveryTargets', 'name', written.deliveryTargets ?? [])
  const statementIssuers = written.statementIssuers ?? []
  refuseTwins(report, 'statementIssuers', 'issuer', statementIssuers)
  statementIssuers.forEach(({ jwks }, index) => {
    const fault = faultOfKeySet(jwks)
    if (fault !== undefined) report(`statementIssuers[${index}].jwks`, fault, 'Give the public keys that the issuer publishes, as { keys: [ … ] }.')
  })
  return { declared: { apis, clients, users, accounts, rootKeys, roles, statementIssuers, deliveryTargets }, problems }
}

/** The library of schemas is read where something is declared: no other start waits for it. */
async function problemsOfShapes(shapes: Readonly<Record<string, unknown>>): Promise<readonly Problem[]> {
  if (Object.keys(shapes).length === 0) return []
  const [{ declaredSchema }, { schemaProblems }] = await Promise.all([import('./declared-schema.ts'), import('./schema-problems.ts')])
  return schemaProblems(declaredSchema, shapes)
}

function refuseTwins<K extends string>(report: Report, list: string, key: K, entries: readonly Readonly<Record<K, unknown>>[]): void {
  entries.forEach((entry, index) => {
    const first = entries.findIndex((other) => other[key] === entry[key])
    if (first < index) report(`${list}[${index}].${key}`, `is the same as that of ${list}[${first}]`, 'Declare each once.')
  })
}

/** A root key opens the management API and nothing else: a scope that opens nothing there is a slip of the pen. */
function checkRootKeyScopes(scopes: readonly string[], at: string, report: Report): void {
  scopes.forEach((scope, index) => {
    if (!opensManagement(scope)) report(`${at}[${index}]`, `${scope} opens nothing of the management API`, suggestion(scope, Object.keys(managementScopes)))
  })
}

function checkApi(api: DeclaredApi, at: string, report: Report): void {
  const { identifier } = api
  // RFC 8707 §2: an absolute URI without fragment.
  if (!URL.canParse(identifier) || identifier.includes('#') || /\s/.test(identifier))
    report(`${at}.identifier`, 'is not an absolute address without fragment (RFC 8707 §2)', 'Give an address such as https://api.example.com.')
  api.scopes.forEach((scope, index) => {
    if (isOpenidScope(scope.name))
      report(
        `${at}.scopes[${index}].name`,
        `${scope.name} belongs to ${scope.name === CONNECTED_KEY_SCOPE ? 'connected accounts' : 'OpenID Connect'}`,
        'Choose another word, such as notes:read.',
      )
  })
  refuseTwins(report, `${at}.scopes`, 'name', api.scopes)
  checkTokens(api, at, report)
}

/** A JWT cannot be called back from where nobody listens, so it lives no longer than a session's (J4). */
function checkTokens(api: DeclaredApi, at: string, report: Report): void {
  const { tokenFormat, tokenSigningAlg, accessTokenLifetimeSeconds: seconds, unsafeLongAccessTokens } = api
  if (tokenFormat === 'jwt' && seconds !== undefined && seconds > MAX_JWT_SECONDS && unsafeLongAccessTokens === undefined)
    report(
      `${at}.accessTokenLifetimeSeconds`,
      `${seconds} is over ${MAX_JWT_SECONDS}: a stolen JWT would be good for too long`,
      `Stay at ${MAX_JWT_SECONDS} or below, take opaque tokens, or say why not in unsafeLongAccessTokens.reason.`,
    )
  if (tokenFormat !== 'jwt' && (tokenSigningAlg !== undefined || unsafeLongAccessTokens !== undefined))
    report(`${at}.tokenFormat`, 'is opaque, but there are settings of JWTs', 'Say tokenFormat: jwt, or leave tokenSigningAlg and unsafeLongAccessTokens away.')
}

/** Whose word counts at introspection is told by their secret. */
function checkIntrospectionClients(apis: readonly DeclaredApi[], clients: readonly DeclaredClient[], report: Report): void {
  for (const [index, api] of apis.entries())
    for (const [place, id] of (api.introspectionClients ?? []).entries())
      if (clients.find((client) => client.id === id)?.authenticationMethod === 'none')
        report(`apis[${index}].introspectionClients[${place}]`, 'is a public client: anybody could ask in its name', 'Give the client a secret or a key.')
}

export function warningsOfApis(apis: readonly DeclaredApi[]): readonly string[] {
  return apis.flatMap(({ identifier, accessTokenLifetimeSeconds: seconds, unsafeLongAccessTokens: unsafe }) =>
    unsafe === undefined
      ? []
      : [`JWT access tokens for ${identifier} may live ${seconds} seconds, more than ${MAX_JWT_SECONDS}. Reason given: ${unsafe.reason}`],
  )
}

function readClient(written: WrittenClient, at: string, apis: readonly DeclaredApi[], around: Surroundings, report: Report): DeclaredClient {
  const { secret, secretDigests = [], ...rest } = written
  const digests = [...secretDigests, ...(secret === undefined ? [] : digestOfSecret(secret, `${at}.secret`, around, report))]
  const client: DeclaredClient = {
    redirectUris: [],
    grantTypes: ['authorization_code', 'refresh_token'],
    scopes: ['openid'],
    audiences: [],
    authenticationMethod: 'client_secret_basic',
    applicationType: 'web',
    environment: 'live',
    ...(rest as Omit<typeof rest, 'settings'> & Pick<DeclaredClient, 'settings'>),
    secretDigests: digests,
  }
  checkClientSecrets(client, secret !== undefined || secretDigests.length > 0, at, report)
  checkClientReach(client, at, apis, report)
  client.redirectUris.forEach((uri, index) => {
    const fault = refusalOf(() => checkRedirectUri(uri, client.applicationType))
    if (fault !== undefined) report(`${at}.redirectUris[${index}]`, fault, 'Register each redirect URI exactly as the application sends it.')
  })
  const settingsFault = refusalOf(() => {
    const settings = checkSettings((client.settings ?? {}) as Readonly<Record<string, unknown>>, client)
    checkKeys(settings, client.authenticationMethod, profiles[client.profile ?? 'oauth21'])
  })
  if (settingsFault !== undefined) report(`${at}.settings`, settingsFault, 'Mend the setting that is named, or leave it away.')
  if (client.grantTypes.includes('authorization_code') && client.redirectUris.length === 0)
    report(`${at}.redirectUris`, 'is empty, but the grant type authorization_code needs one', "Give the application's callback address, or other grantTypes.")
  return client
}

function checkClientSecrets(client: DeclaredClient, hasSecret: boolean, at: string, report: Report): void {
  const isPublic = client.authenticationMethod === 'none'
  const needsSecret = authenticationMethods[client.authenticationMethod].hasSecret
  if (needsSecret && !hasSecret)
    report(
      `${at}.secretDigests`,
      `is missing, but the client authenticates by ${client.authenticationMethod}`,
      'Give secretDigests (see `latchwork generate client-secret`), secret as a reference, or authenticationMethod none.',
    )
  if (!needsSecret && hasSecret)
    report(`${at}.authenticationMethod`, `is ${client.authenticationMethod}, but the client has a secret`, 'Leave the secret away, or say client_secret_basic.')
  if (isPublic && client.grantTypes.includes('client_credentials'))
    report(
      `${at}.grantTypes`,
      'has client_credentials, which is for clients that authenticate (RFC 6749 §4.4)',
      'Give the client a secret, or leave the grant type away.',
    )
}

function checkClientReach(client: DeclaredClient, at: string, apis: readonly DeclaredApi[], report: Report): void {
  const identifiers = apis.map((api) => api.identifier)
  client.audiences.forEach((audience, index) => {
    if (!identifiers.includes(audience))
      report(`${at}.audiences[${index}]`, 'is no declared API', identifiers.length === 0 ? 'Declare it in apis first.' : suggestion(audience, identifiers))
  })
  const scopes = apis.filter((api) => client.audiences.includes(api.identifier)).flatMap((api) => api.scopes.map((scope) => scope.name))
  client.scopes.forEach((scope, index) => {
    if (!isOpenidScope(scope) && !scopes.includes(scope))
      report(
        `${at}.scopes[${index}]`,
        `${scope} is defined by no API among the client's audiences`,
        suggestion(scope, [...Object.keys(openidScopes), ...scopes]),
      )
  })
}

function digestOfSecret(reference: NonNullable<WrittenClient['secret']>, option: string, around: Surroundings, report: Report): readonly string[] {
  const resolved = resolveReference(reference, around)
  if ('fault' in resolved) report(option, resolved.fault, resolved.mend)
  else if (parseToken('client_secret', resolved.secret.reveal()) === undefined)
    report(option, 'refers to something that is no client secret', 'Make one with: latchwork generate client-secret')
  else return [digestOf(resolved.secret.reveal())]
  return []
}

const PHC = /^\$argon2id\$v=19\$m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+$/

function readUser(written: WrittenUser, at: string, around: Surroundings, report: Report): DeclaredUser {
  const { operator = false, passwordHash, ...rest } = written
  const fault = refusalOf(() => parseEmail(written.email))
  if (fault !== undefined) report(`${at}.email`, 'is no e-mail address', fault)
  const profileFault = rest.profile === undefined ? undefined : refusalOf(() => parseProfile(rest.profile ?? {}))
  if (profileFault !== undefined) report(`${at}.profile`, 'is not accepted', profileFault)
  return {
    ...rest,
    email: fault === undefined ? parseEmail(written.email) : written.email,
    operator,
    passwordHash: readHash(passwordHash, `${at}.passwordHash`, around, report),
  }
}

function readHash(written: WrittenUser['passwordHash'], option: string, around: Surroundings, report: Report): Secret {
  if (typeof written === 'string') return new Secret(written)
  const resolved = resolveReference(written, around)
  if ('fault' in resolved) report(option, resolved.fault, resolved.mend)
  else if (!PHC.test(resolved.secret.reveal())) report(option, 'refers to something that is no Argon2id hash', 'Make one with: latchwork users hash-password')
  else return resolved.secret
  return new Secret('')
}

/** What a check says against a value, in its public words. */
function refusalOf(check: () => unknown): string | undefined {
  try {
    check()
    return undefined
  } catch (error) {
    if (error instanceof Refusal) return error.detail
    throw error
  }
}
