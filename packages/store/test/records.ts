/** Records to write in tests: each call makes new ones, and whoever needs rows beneath has them written. */
import type { LoginSession, NewUser } from '@latchwork/accounts'
import type { NewApiKey, NewImport } from '@latchwork/api-keys'
import type { Grant, NewAccessToken, NewRefreshToken } from '@latchwork/authority'
import { digestOf, type IdKind, type Journal, type Lifeline, newId } from '@latchwork/kernel'
import type { Client, Consent, DeviceAuthorization, NewAuthorization, NewDevice } from '@latchwork/oauth'
import type { NewSession } from '@latchwork/sessions'
import type { SigningAlgorithm, SigningKeyRecord } from '@latchwork/signing'
import type { Store } from '../src/index.ts'

export const T0 = Date.UTC(2026, 0, 1)
export const SECOND = 1_000
export const HOUR = 3_600_000

export const idOf = (kind: IdKind): string => newId(kind, T0)
export const newDigest = (): string => digestOf(idOf('token'))

export const noJournal: Journal = { events: [], revocations: [] }

/** One event, and one feed entry for each lifeline that ends. */
export function journalOf(...lifelines: readonly Lifeline[]): Journal {
  return {
    events: [{ type: 'request.refused', at: T0, actor: { kind: 'system' } }],
    revocations: lifelines.map((lifeline) => ({ lifeline, at: T0, until: T0 + HOUR })),
  }
}

let signingKeys = 0

/** Named in the order of their making. Nothing can be signed with it. */
export function newSigningKey(algorithm: SigningAlgorithm, state: 'current' | 'next', changes: Partial<SigningKeyRecord> = {}): SigningKeyRecord {
  const kid = `kid_${String(++signingKeys).padStart(6, '0')}_${idOf('token')}`
  const publicJwk = { kty: 'EC', kid, alg: algorithm, use: 'sig' }
  return { kid, algorithm, state, publicJwk, privateHalf: `sealed ${kid}`, createdAt: T0, activatesAt: T0, ...changes }
}

export function newPerson(changes: Partial<NewUser['user']> = {}): NewUser {
  const account = { id: idOf('account'), name: 'Ada', createdAt: T0 }
  const id = idOf('user')
  const user = {
    id,
    email: `${id.toLowerCase()}@example.com`,
    emailVerified: false,
    name: 'Ada',
    isOperator: false,
    accountId: account.id,
    createdAt: T0,
    ...changes,
  }
  return { user, account, passwordHash: '$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA' }
}

export function newClient(changes: Partial<Client> = {}): Client {
  return {
    id: idOf('client'),
    name: 'Acme',
    profile: 'oauth21',
    applicationType: 'web',
    authenticationMethod: 'client_secret_basic',
    environment: 'test',
    redirectUris: ['https://acme.example/cb'],
    grantTypes: ['authorization_code', 'refresh_token'],
    scopes: ['openid', 'notes:read'],
    audiences: ['https://api.example'],
    createdAt: T0,
    settings: {},
    ...changes,
  }
}

export function newLogin(userId: string): LoginSession {
  return {
    id: idOf('session'),
    digest: newDigest(),
    userId,
    createdAt: T0,
    authenticatedAt: T0,
    expiresAt: T0 + HOUR,
    methods: ['pwd'],
    address: '192.0.2.7',
    userAgent: 'test',
  }
}

export function newSession(userId: string): NewSession {
  const login = newLogin(userId)
  const grant: Grant = {
    id: idOf('grant'),
    kind: 'session',
    userId,
    sessionId: login.id,
    scopes: [],
    audience: ['https://issuer.example'],
    authenticatedAt: T0,
    createdAt: T0,
  }
  return { login, grant, refreshToken: newRefreshToken(grant.id, 0) }
}

export function newRefreshToken(grantId: string, generation: number): NewRefreshToken {
  return { digest: newDigest(), grantId, generation, issuedAt: T0, expiresAt: T0 + HOUR }
}

export function newAccessToken(grant: Pick<Grant, 'id' | 'userId'> | undefined, clientId: string): NewAccessToken {
  return {
    id: idOf('token'),
    digest: newDigest(),
    fingerprint: 'lw_at_AB…wxyz',
    clientId,
    environment: 'test',
    scopes: ['notes:read'],
    audience: ['https://api.example'],
    issuedAt: T0,
    expiresAt: T0 + HOUR,
    ...(grant === undefined ? {} : { grantId: grant.id, userId: grant.userId }),
  }
}

export const newImport = (accountId: string, changes: Partial<NewImport> = {}): NewImport => ({
  ...newKey(accountId, { kind: 'rk', imported: true }),
  olderDigests: [],
  ...changes,
})

export function newKey(accountId: string, changes: Partial<NewApiKey> = {}): NewApiKey {
  return {
    id: idOf('key'),
    digest: newDigest(),
    accountId,
    kind: 'sk',
    environment: 'live',
    name: 'deploy',
    scopes: ['notes:read'],
    roles: [],
    networks: [],
    limits: [],
    imported: false,
    fingerprint: 'sk_live_…wxyz',
    createdBy: 'root_1',
    createdAt: T0,
    ...changes,
  }
}

export function newAuthorization(parties: Parties, changes: { readonly consent?: Consent; readonly offline?: boolean } = {}): NewAuthorization {
  const { userId, clientId, sessionId } = parties
  const consent = changes.consent ?? { id: idOf('consent'), userId, clientId, scopes: ['notes:read'], audience: ['https://api.example'], givenAt: T0 }
  const { scopes, audience } = consent
  const lifetime = changes.offline === true ? {} : { sessionId }
  const grant: Grant = {
    id: idOf('grant'),
    kind: 'oauth',
    userId,
    clientId,
    consentId: consent.id,
    scopes,
    audience,
    authenticatedAt: T0,
    createdAt: T0,
    ...lifetime,
  }
  const code = {
    digest: newDigest(),
    clientId,
    grantId: grant.id,
    redirectUri: 'https://acme.example/cb',
    challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    nonce: 'n-0S6',
    issuedAt: T0,
    expiresAt: T0 + 60 * SECOND,
  }
  return { sessionId, consent, grant, code }
}

export interface Parties {
  readonly userId: string
  readonly accountId: string
  readonly clientId: string
  readonly sessionId: string
}

export async function writePerson(store: Store, changes: Partial<NewUser['user']> = {}): Promise<NewUser> {
  const person = newPerson(changes)
  await store.accounts.createUser(person, noJournal)
  return person
}

/** A person who is signed in, and a client. */
export async function writeParties(store: Store, client: Partial<Client> = {}): Promise<Parties> {
  const { user } = await writePerson(store)
  const registered = newClient(client)
  await store.oauth.createClient(registered, newDigest(), noJournal)
  const session = newSession(user.id)
  await store.sessions.startSession(session, noJournal)
  return { userId: user.id, accountId: user.accountId, clientId: registered.id, sessionId: session.login.id }
}

export interface Redeemed extends NewAuthorization {
  readonly parties: Parties
  readonly accessToken: NewAccessToken
  readonly refreshToken: NewRefreshToken
}

/** An authorization that was redeemed: access token and refresh token under a living grant. */
export async function writeRedeemed(store: Store, changes: { readonly offline?: boolean; readonly client?: Partial<Client> } = {}): Promise<Redeemed> {
  const parties = await writeParties(store, changes.client)
  const authorization = newAuthorization(parties, { offline: changes.offline === true })
  await store.oauth.authorize(authorization, noJournal)
  const accessToken = newAccessToken(authorization.grant, parties.clientId)
  const refreshToken = newRefreshToken(authorization.grant.id, 0)
  await store.oauth.redeemCode({ codeDigest: authorization.code.digest, now: T0, accessToken, refreshToken }, noJournal)
  return { ...authorization, parties, accessToken, refreshToken }
}

export function newDevice(clientId: string): NewDevice {
  return {
    digest: newDigest(),
    userCode: newDigest().slice(0, 8),
    clientId,
    scopes: ['openid', 'notes:read'],
    leftOut: [],
    audience: ['https://api.example'],
    issuedAt: T0,
    expiresAt: T0 + HOUR,
    intervalMs: 5 * SECOND,
  }
}

export interface Opened {
  readonly parties: Parties
  readonly device: NewDevice
  /** The person's yes. */
  readonly authorization: DeviceAuthorization
}

/** A device whose code the person has entered. */
export async function writeOpened(store: Store, client: Partial<Client> = {}): Promise<Opened> {
  const parties = await writeParties(store, client)
  const device = newDevice(parties.clientId)
  await store.oauth.startDevice(device, noJournal)
  await store.oauth.openDevice(device.userCode, parties.userId, T0, noJournal)
  const { consent, grant } = newAuthorization(parties)
  return {
    parties,
    device,
    authorization: { deviceDigest: device.digest, sessionId: parties.sessionId, consent, withdrawn: { scopes: [], tokensUntil: T0 }, grant, now: T0 },
  }
}

/** Signed in to an application that wants to hear of the sign-out. */
export async function writeSignedInTo(store: Store): Promise<Parties> {
  const parties = await writeParties(store, { settings: { backchannelLogoutUri: 'https://acme.example/logout' } })
  const authorization = newAuthorization(parties)
  const grant = { ...authorization.grant, scopes: ['openid'], begunIn: parties.sessionId }
  await store.oauth.authorize({ ...authorization, consent: { ...authorization.consent, scopes: ['openid'] }, grant }, noJournal)
  return parties
}
