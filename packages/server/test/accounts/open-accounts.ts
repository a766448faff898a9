/** Accounts on a real store, with the real throttle and hasher, for the tests of this folder. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type Accounts, createHasher, type LoginSession, newLoginSession, provePassword, type SignedIn, signUp } from '@latchwork/accounts'
import { newId, type Origin, type Secret } from '@latchwork/kernel'
import { createSignInThrottle } from '@latchwork/limits'
import { openStore, type Store } from '@latchwork/store'

export const START = 1_800_000_000_000
export const DAY = 24 * 60 * 60 * 1000
export const HOME: Origin = { address: '198.51.100.7', userAgent: 'Browser/1' }
export const ADA = { email: 'ada@example.com', password: 'correct pony battery', name: 'Ada', origin: HOME } as const

export async function openTestStore(t: TestContext): Promise<Store> {
  const folder = await mkdtemp(join(tmpdir(), 'latchwork-accounts-'))
  const store = await openStore({ engine: 'sqlite', path: join(folder, 'latchwork.db') })
  t.after(async () => {
    await store.close()
    await rm(folder, { recursive: true })
  })
  return store
}

export interface OpenAccounts {
  readonly store: Store
  readonly accounts: Accounts
}

export async function openAccounts(t: TestContext, changes: Partial<Omit<Accounts, 'store'>> = {}): Promise<OpenAccounts> {
  const store = await openTestStore(t)
  return { store, accounts: { store: store.accounts, hasher: createHasher(), throttle: createSignInThrottle(), signUpOpen: true, ...changes } }
}

/** Ada, registered, signed in, with her session in the store. */
export async function signInAda({ store, accounts }: OpenAccounts, now: number): Promise<SignedIn & { readonly secret: Secret }> {
  const known = await store.accounts.findUserByEmail(ADA.email)
  if (known === undefined) await signUp(accounts, ADA, now)
  const proven = await provePassword(accounts, ADA, now)
  const { session, secret } = newLoginSession(proven, HOME, now, { loginSessionMs: DAY })
  await saveSession(store, session, now)
  return { session, secret, user: proven.user }
}

async function saveSession(store: Store, login: LoginSession, now: number): Promise<void> {
  const grantId = newId('grant', now)
  const { userId, id: sessionId, authenticatedAt, digest } = login
  const grant = { id: grantId, kind: 'session', userId, sessionId, scopes: [], audience: [], authenticatedAt, createdAt: now } as const
  const refreshToken = { digest: `refresh ${digest}`, grantId, generation: 0, issuedAt: now, expiresAt: now + DAY }
  await store.sessions.startSession({ login, grant, refreshToken }, { events: [], revocations: [] })
}

/** Types and reasons of the log, oldest first. */
export async function eventsOf(store: Store): Promise<readonly string[]> {
  const { items } = await store.events.listEvents({ limit: 100 })
  return items.map(({ type, reason }) => (reason === undefined ? type : `${type} ${reason}`)).reverse()
}
