/** Where each kind of leaked credential is found, and the verb of its own room that ends it. */

import {
  type ApiKeys,
  findPresentedKey,
  type Leak,
  type LeakableKind,
  type LeakTarget,
  type LeakTargets,
  type Maker,
  revokeKey,
  revokeRootKey,
} from '@latchwork/api-keys'
import { endGrant } from '@latchwork/authority'
import { type KeyKind, keyKinds, type Principal, Refusal } from '@latchwork/kernel'
import type { Store } from '@latchwork/store'
import type { Config } from '../config/index.ts'

interface Parts {
  readonly config: Pick<Config, 'rootKeys'>
  readonly store: Store
  readonly apiKeys: ApiKeys
  readonly longestTokenMs: number
}

const REASON = 'leaked'
const maker: Maker = { kind: 'system', id: 'leaks', ceiling: 'unlimited', origin: {} }
const actor = { kind: maker.kind, id: maker.id } as const

type Finder = (parts: Parts, digest: string, now: number) => Promise<LeakTarget | undefined>
type Ender = (parts: Parts, leak: Leak, now: number) => Promise<unknown>

/** What is not here (codes, one-time links) lives for moments and opens nothing by itself. */
const finders: Readonly<Partial<Record<LeakableKind, Finder>>> = {
  root_key: findRootKey,
  access_token: findAccessToken,
  refresh_token: findRefreshToken,
  login_session: ({ store }, digest, now) => store.leaks.findLoginSession(digest, now),
  client_secret: ({ store }, digest) => store.leaks.findClientSecret(digest),
}

const enders: Readonly<Partial<Record<LeakableKind, Ender>>> = {
  root_key: ({ apiKeys }, leak, now) => unlessGone(revokeRootKey(apiKeys, leak.credentialId, maker, now)),
  access_token: endAccessToken,
  refresh_token: endGrantOf,
  login_session: endLoginSession,
  client_secret: endClientSecret,
}

export function leakTargets(parts: Parts): LeakTargets {
  return {
    find: (kind, digest, now) => (isKeyKind(kind) ? findKey(parts, digest, now) : (finders[kind]?.(parts, digest, now) ?? Promise.resolve(undefined))),
    async end(leak, now) {
      if (isKeyKind(leak.kind)) await unlessGone(revokeKey(parts.apiKeys, leak.credentialId, REASON, maker, now))
      else await enders[leak.kind]?.(parts, leak, now)
    },
  }
}

const isKeyKind = (kind: LeakableKind): kind is KeyKind => Object.hasOwn(keyKinds, kind)

/** That it had ended before is what was wanted. */
async function unlessGone(end: Promise<unknown>): Promise<void> {
  try {
    await end
  } catch (error) {
    if (!(error instanceof Refusal && error.code === 'not_found')) throw error
  }
}

async function findKey({ apiKeys }: Parts, digest: string, now: number): Promise<LeakTarget | undefined> {
  const found = await findPresentedKey(apiKeys, digest)
  if (found === undefined) return undefined
  const key = await apiKeys.store.findKey(found.record.principal.credentialId)
  if (key === undefined) return targetOf(found.kind, found.record, now)
  const { name, imported, fingerprint, revokedAt, expiresAt } = key
  // One that is only stopped, or whose account is, would go on one day, known to others.
  const isAlive = revokedAt === undefined && (expiresAt === undefined || now < expiresAt)
  return { ...targetOf(found.kind, found.record, now), isAlive, name, ...(imported ? { fingerprint } : {}) }
}

async function findRootKey({ config, store }: Parts, digest: string, now: number): Promise<LeakTarget | undefined> {
  const declared = config.rootKeys.some((key) => key.digest === digest)
  // It ends with the configuration that declares it: nothing here can end it.
  if (declared) return { kind: 'root_key', id: `root_config_${digest.slice(0, 12)}`, environment: 'live', isAlive: true, isBeyondReach: true }
  const record = await store.apiKeys.findRootKeyByDigest(digest)
  return record && targetOf('root_key', record, now)
}

async function findAccessToken({ store }: Parts, digest: string, now: number): Promise<LeakTarget | undefined> {
  const record = await store.authority.findAccessToken(digest)
  if (record === undefined) return undefined
  const accounts = record.livesBy.filter((lifeline) => lifeline.startsWith(ACCOUNT)).map((lifeline) => lifeline.slice(ACCOUNT.length))
  return targetOf('access_token', { ...record, alive: record.alive || (await isAnyStopped(store, accounts)) }, now)
}

const ACCOUNT = 'account:'

/** What lives by an account that is only stopped would go on with it one day, known to others. */
async function isAnyStopped(store: Store, accountIds: readonly (string | undefined)[]): Promise<boolean> {
  for (const id of accountIds) if (id !== undefined && (await store.accounts.findAccount(id))?.disabledAt !== undefined) return true
  return false
}

async function findRefreshToken({ store }: Parts, digest: string, now: number): Promise<LeakTarget | undefined> {
  const found = await store.authority.findRefreshToken(digest)
  if (found === undefined) return undefined
  const { grant } = found
  const client = grant.clientId === undefined ? undefined : (await store.oauth.findClient(grant.clientId))?.client
  const isStopped = async () => isAnyStopped(store, [(await store.accounts.findPerson(grant.userId))?.accountId, client?.accountId])
  return {
    kind: 'refresh_token',
    id: grant.id,
    environment: client?.environment ?? 'live', // a session has no client, and is live
    // Who used it up is not known: as when it is presented again, its grant ends (RFC 9700 §4.14.2).
    isAlive: (found.alive || (await isStopped())) && (found.consumedAt !== undefined || now < found.expiresAt),
    userId: grant.userId,
    grantId: grant.id,
    ...(grant.clientId === undefined ? {} : { clientId: grant.clientId }),
    ...(grant.sessionId === undefined ? {} : { sessionId: grant.sessionId }),
  }
}

interface Found {
  readonly principal: Omit<Principal, 'revocationFresh'>
  readonly alive: boolean
}

function targetOf(kind: LeakableKind, { principal, alive }: Found, now: number): LeakTarget {
  const { accountId, userId, clientId, grantId, sessionId, expiresAt } = principal
  const isAlive = alive && (expiresAt === undefined || now < expiresAt)
  return {
    kind,
    id: principal.credentialId,
    environment: principal.environment,
    isAlive,
    ...(accountId === undefined ? {} : { accountId }),
    ...(userId === undefined ? {} : { userId }),
    ...(clientId === undefined ? {} : { clientId }),
    ...(grantId === undefined ? {} : { grantId }),
    ...(sessionId === undefined ? {} : { sessionId }),
  }
}

async function endAccessToken({ store }: Parts, leak: Leak, now: number): Promise<void> {
  const record = await store.authority.findAccessToken(leak.digest)
  if (record === undefined) return
  const { credentialId, fingerprint, clientId, userId, grantId, expiresAt } = record.principal
  await store.authority.endAccessToken(leak.digest, now, {
    events: [
      {
        type: 'token.revoked',
        at: now,
        actor,
        credentialId,
        fingerprint,
        reason: REASON,
        ...(clientId === undefined ? {} : { clientId }),
        ...(userId === undefined ? {} : { userId }),
        ...(grantId === undefined ? {} : { grantId }),
      },
    ],
    revocations: [{ lifeline: `token:${credentialId}`, at: now, until: expiresAt ?? now }],
  })
}

async function endGrantOf({ store, longestTokenMs }: Parts, leak: Leak, now: number): Promise<void> {
  const grant = await store.authority.findGrant(leak.credentialId)
  if (grant === undefined) return
  const event = grant.kind === 'session' ? 'session.ended' : 'grant.ended'
  await endGrant(store.authority, grant, { event, reason: REASON, actor, origin: {}, now, longestTokenMs })
}

async function endLoginSession({ store, longestTokenMs }: Parts, leak: Leak, now: number): Promise<void> {
  const { id: sessionId, userId, accountId } = (await store.leaks.findLoginSession(leak.digest, now)) ?? {}
  if (sessionId === undefined || userId === undefined || accountId === undefined) return
  await store.accounts.endLoginSession(sessionId, userId, REASON, now, {
    events: [{ type: 'session.ended', at: now, actor, userId, accountId, sessionId, reason: REASON }],
    revocations: [{ lifeline: `session:${sessionId}`, at: now, until: now + longestTokenMs }],
  })
}

/** The client stays, and so do tokens it was given: the secret alone is no longer good. */
async function endClientSecret({ store }: Parts, leak: Leak, now: number): Promise<void> {
  const event = { type: 'client.changed', at: now, actor, clientId: leak.credentialId, reason: REASON } as const
  await store.leaks.endClientSecret(leak.credentialId, leak.digest, { events: [event], revocations: [] })
}
