/** Wires the rooms together: the one place that knows them all. No HTTP here, so that commands can use it too. */
import { randomBytes } from 'node:crypto'
import { type Account, type Accounts, createHasher, declareUser, type Hasher } from '@latchwork/accounts'
import type { ApiKeys } from '@latchwork/api-keys'
import { type Authority, bringRightsInLine } from '@latchwork/authority'
import { createRefusalRecorder, type RefusalRecorder, type SealKeys, sealKeysOf } from '@latchwork/events'
import { type Clock, deriveKey, systemClock } from '@latchwork/kernel'
import { createSignInThrottle, networkOf } from '@latchwork/limits'
import { type ClientRequest, type ClientSettings, declareClient, type OAuth } from '@latchwork/oauth'
import type { Sessions } from '@latchwork/sessions'
import type { KeyRing } from '@latchwork/signing'
import { openStore, type Store } from '@latchwork/store'
import { type ClientChores, startClientChores } from './client-chores.ts'
import { clientsOf } from './client-settings.ts'
import { type ClockWatch, watchClock } from './clock-watch.ts'
import { type Config, formerKeysOf, openSecretKey } from './config/index.ts'
import { rightsOf } from './configured-rights.ts'
import { connectedKeys } from './connected-keys.ts'
import { openDeliveries } from './deliveries/open-deliveries.ts'
import { createDeviceThrottle, type DeviceThrottle } from './device-throttle.ts'
import { type EventChores, type HeadNote, startEventChores } from './event-chores.ts'
import { type ExpiryChores, startExpiryChores } from './expiry-chores.ts'
import { type GrantUseRecorder, recordGrantUse } from './grant-use.ts'
import { type KeyChores, startKeyChores } from './key-chores.ts'
import { calendar } from './key-rotation/calendar.ts'
import { openRotationDesk, type RotationDesk } from './key-rotation/desk.ts'
import { apiKeysOf } from './key-settings.ts'
import { type KeyUseRoom, openKeyUse } from './key-use/open-key-use.ts'
import { type LeakDesk, openLeakDesk } from './leaks/desk.ts'
import { type GithubKeys, openGithubKeys } from './leaks/github-keys.ts'
import { leakTargets } from './leaks/targets.ts'
import { keepLimits, type LimitKeeper } from './limit-keeper.ts'
import { type LocalVerifier, openLocalVerifier } from './local-verifier.ts'
import { type Logos, openLogos } from './logos/open-logos.ts'
import { type OAuthChores, openOAuthChores } from './oauth-chores.ts'
import { createGuardedFetch } from './outbound/guarded-fetch.ts'
import { type PepperWatch, watchPeppers } from './pepper-watch.ts'
import { settledClock } from './settled-clock.ts'
import { openSigning, type Signing } from './signing.ts'
import { tokensOf } from './token-settings.ts'
import { type WriteWatch, watchWrites } from './write-watch.ts'

export interface Installation {
  readonly config: Config
  readonly clock: Clock
  readonly store: Store
  /** The server's own, 32 bytes; other keys are derived from it. */
  readonly secretKey: Buffer
  readonly keyRing: KeyRing
  /** Keeps the schedule of the ring, and hears of changes by other nodes. */
  readonly signing: Signing
  readonly accounts: Accounts
  readonly apiKeys: ApiKeys
  readonly sessions: Sessions
  readonly oauth: OAuth
  readonly grantUse: GrantUseRecorder
  readonly deviceThrottle: DeviceThrottle
  /** Fetches and keeps the logos of applications that people may be shown. */
  readonly logos: Logos
  /** Tells applications of sign-outs, forgets devices. */
  readonly oauthChores: OAuthChores
  readonly refusals: RefusalRecorder
  readonly verifier: LocalVerifier
  /** Takes reports of leaked credentials and works on them. */
  readonly leakDesk: LeakDesk
  /** Present if GitHub's reports are taken. */
  readonly githubKeys?: GithubKeys
  readonly keyChores: KeyChores
  /** Rotates keys that are due, and delivers them. */
  readonly rotationDesk: RotationDesk
  readonly clientChores: ClientChores
  readonly clockWatch: ClockWatch
  readonly writeWatch: WriteWatch
  readonly pepperWatch: PepperWatch
  readonly expiryChores: ExpiryChores
  readonly eventChores: EventChores
  /** Prove the seals of the event log. */
  readonly sealKeys: SealKeys
  /** Counts, judges and alerts; whoever verifies a key tells it. */
  readonly keyUse: KeyUseRoom
  /** Writes down what limits have counted. */
  readonly limitKeeper: LimitKeeper
  /** How long the longest self-contained token lives: so long a feed entry is kept. */
  readonly longestTokenMs: number
  readonly close: () => Promise<void>
}

export interface Surroundings {
  readonly clock?: Clock
  /** By which what is over is removed; absent: the clock, but a step ahead only once it has lasted (`settledClock`). */
  readonly removalClock?: Clock
  /** That of `createHasher`, unless said otherwise. */
  readonly hasher?: Hasher
  /** A server: the one that has the SQLite file. */
  readonly alone?: boolean
  /** For what no caller waits for: a lost connection, a flush that failed. */
  readonly onTrouble?: (message: string, cause?: unknown) => void
  /** Hears the head of the event log's chain, at the start and daily. */
  readonly onHead?: (note: HeadNote) => void
}

/**
 * Opens the store, applies migrations, makes missing signing keys, and brings what the configuration declares in line.
 * @throws Refusal `store_unavailable`; `DatabaseHeld` where it is to be alone and is not; Error when the secret key does not open the signing keys.
 */
export async function openInstallation(config: Config, surroundings: Surroundings = {}): Promise<Installation> {
  const clock = surroundings.clock ?? systemClock
  const onTrouble = surroundings.onTrouble ?? (() => {})
  const secretKey = openSecretKey(config)
  const store = await openStore({ ...storeLocation(config, surroundings.alone), clock, onTrouble: (cause: unknown) => onTrouble('store', cause) })
  try {
    const grantUse = recordGrantUse({ store: store.oauth, onTrouble })
    const clockWatch = await watchClock({ store, onTrouble })
    const removalClock = surroundings.removalClock ?? (await removalClockOf(store, clock, clockWatch))
    const signing = await openSigning({ config, store, secretKey, clock, removalClock, onTrouble })
    const pairwiseSalt = await store.oauth.fixPairwiseSalt(randomBytes(32).toString('base64url'))
    const longestTokenMs = await bringRightsInLine(store.authority, rightsOf(config), clock.now())
    const rooms = openRooms(config, store, secretKey, signing.keyRing, longestTokenMs, surroundings.hasher ?? createHasher(), {
      ...tokensOf(config, signing.keyRing, pairwiseSalt),
      noteGrantUse: grantUse.note,
    })
    const pepperWatch = await watchPeppers({ apiKeys: rooms.apiKeys, clock, onTrouble })
    await Promise.all(config.apis.flatMap(({ tokenSigningAlg: algorithm }) => (algorithm === undefined ? [] : [signing.keyRing.ensure(algorithm)])))
    await declareAll(config, rooms, clock.now())
    const refusals = createRefusalRecorder({ store: store.events, clock, networkOf, log: onTrouble })
    const sessionAudience = rooms.sessions.audience[0] ?? config.issuer
    const verifier = await openLocalVerifier({ config, store, signing, clock, apiKeys: rooms.apiKeys, oauth: rooms.oauth, sessionAudience, onTrouble })
    const keyUse = await openKeyUse({ config, store, clock, removalClock, log: onTrouble })
    const limitKeeper = await keepLimits({ limits: store.limits, clock, onTrouble })
    const { expiringWithinDays } = config.keys
    const keyChores = startKeyChores({ apiKeys: rooms.apiKeys, limits: store.limits, clock, removalClock, expiringWithinDays, onTrouble })
    const clientChores = startClientChores({ oauth: rooms.oauth, removalClock, unusedAfterDays: config.registration.unusedAfterDays, onTrouble })
    const expiryChores = startExpiryChores({ store, removalClock, longestTokenMs: rooms.longestTokenMs, onTrouble })
    const sealKeys = sealKeysOf([deriveKey(secretKey, 'event seals'), ...formerKeysOf(config).map((former) => deriveKey(former, 'event seals'))])
    const onHead = surroundings.onHead ?? (() => {})
    const eventChores = startEventChores({ store: store.eventChain, keys: sealKeys, clock, removalClock, ...config.events, onTrouble, onHead })
    const leaks = {
      store: store.leaks,
      targets: leakTargets({ config, store, ...rooms }),
      policy: config.leaks.policy,
      channels: keyUse.leakChannels,
      onTold: keyUse.wake,
    }
    const leakDesk = openLeakDesk({ leaks, clock, removalClock, onTrouble })
    const rotationDesk = openRotationDesk(
      {
        store: store.rotations,
        apiKeys: rooms.apiKeys,
        deliveries: openDeliveries(config, clock),
        calendar,
        clock,
        rotationKey: deriveKey(secretKey, 'rotated keys'),
        channels: keyUse.judge.channels,
        onTold: keyUse.wake,
      },
      store.feed,
      removalClock,
      onTrouble,
    )
    const githubKeys = openGithubKeys(config, clock, onTrouble)
    const oauthChores = openOAuthChores({ config, oauth: rooms.oauth, store, clock, removalClock, onTrouble })
    const close = async (): Promise<void> => {
      await oauthChores.close()
      await grantUse.close()
      await leakDesk.close()
      await rotationDesk.close()
      await keyUse.close()
      await limitKeeper.close()
      await refusals.close()
      await keyChores.close()
      await signing.close()
      await clientChores.close()
      await expiryChores.close()
      await eventChores.close()
      clockWatch.close()
      pepperWatch.close()
      verifier.close()
      await store.close()
    }
    return {
      config,
      clock,
      store,
      secretKey,
      refusals,
      verifier,
      keyChores,
      rotationDesk,
      signing,
      clientChores,
      clockWatch,
      writeWatch: watchWrites({ store, onTrouble }),
      pepperWatch,
      expiryChores,
      eventChores,
      sealKeys,
      keyUse,
      limitKeeper,
      leakDesk,
      grantUse,
      oauthChores,
      deviceThrottle: createDeviceThrottle(),
      logos: openLogos({ fetch: createGuardedFetch(config.outbound), clock, onTrouble }),
      close,
      ...(githubKeys === undefined ? {} : { githubKeys }),
      ...rooms,
    }
  } catch (error) {
    await store.close()
    throw error
  }
}

/** The database's clock where it has one: what all nodes write down is removed by one time, however far a node's clock is from it. */
async function removalClockOf({ eventChain }: Store, clock: Clock, { aheadMs }: ClockWatch): Promise<Clock> {
  const newest = await eventChain.findNewestSeal()
  return settledClock({ clock: { now: () => clock.now() - aheadMs() }, ...(newest === undefined ? {} : { lastSeenAt: newest.sealedAt }) })
}

function storeLocation({ database }: Config, alone = false) {
  if (database.engine === 'sqlite') return { engine: 'sqlite', path: database.file, alone } as const
  const { url, connections: poolSize, waitSeconds } = database
  return { engine: 'postgres', url: url.reveal(), poolSize, waitMs: waitSeconds * 1000 } as const
}

type Rooms = Pick<Installation, 'keyRing' | 'accounts' | 'apiKeys' | 'sessions' | 'oauth' | 'longestTokenMs'>

/** What the room of OAuth is given beside the other rooms. */
type MadeAtStart = Pick<OAuth, 'pairwiseKey' | 'waysIn' | 'readOwnToken' | 'noteGrantUse'>

function openRooms(config: Config, store: Store, secretKey: Buffer, keyRing: KeyRing, longestTokenMs: number, hasher: Hasher, made: MadeAtStart): Rooms {
  const authority: Authority = { store: store.authority, successorKey: deriveKey(secretKey, 'refresh successors'), longestTokenMs }
  const accounts: Accounts = { store: store.accounts, hasher, throttle: createSignInThrottle(), signUpOpen: config.signUp.open }
  const apiKeys = apiKeysOf(config, store)
  const sessions = sessionsOf(config, store, keyRing, authority)
  const oauth = { ...oauthOf(config, store, keyRing, authority, apiKeys), ...made }
  return { keyRing, accounts, apiKeys, sessions, oauth, longestTokenMs }
}

function sessionsOf(config: Config, store: Store, keyRing: KeyRing, authority: Authority): Sessions {
  const firstParty = config.apis.filter((api) => api.firstParty)
  return {
    store: store.sessions,
    accounts: store.accounts,
    authority,
    keyRing,
    issuer: config.issuer,
    audience: firstParty.length === 0 ? [config.issuer] : firstParty.map((api) => api.identifier),
    scopes: [...new Set(firstParty.flatMap((api) => api.scopes.map((scope) => scope.name)))],
    accessTokenLifetimeMs: config.sessions.accessTokenLifetimeSeconds * 1000,
    refreshLifetimes: { idleMs: config.sessions.refreshLifetimeSeconds * 1000, absoluteMs: config.sessions.absoluteLifetimeSeconds * 1000 },
  }
}

function oauthOf(config: Config, store: Store, keyRing: KeyRing, authority: Authority, apiKeys: ApiKeys): Omit<OAuth, keyof MadeAtStart> {
  return {
    ...clientsOf(config),
    store: store.oauth,
    authority,
    keyRing,
    findUser: store.accounts.findUser,
    findPerson: store.accounts.findLivingPerson,
    // Nobody names networks on a consent screen.
    ...(config.keys.requireNetworks ? {} : { mintConnectedKey: connectedKeys(apiKeys, store.accounts) }),
    issuer: config.issuer,
    apis: new Map(config.apis.map((api) => [api.identifier, api])),
    codeLifetimeMs: config.oauth.codeLifetimeSeconds * 1000,
    accessTokenLifetimeMs: config.oauth.accessTokenLifetimeSeconds * 1000,
    refreshLifetimes: { idleMs: config.oauth.refreshLifetimeSeconds * 1000, absoluteMs: config.oauth.absoluteLifetimeSeconds * 1000 },
  }
}

/** Accounts, people and clients of the configuration, in this order: a client may belong to an account. */
async function declareAll(config: Config, { accounts, oauth }: Rooms, now: number): Promise<void> {
  for (const account of config.accounts) await declareAccount(accounts, { ...account, createdAt: now })
  for (const { operator, passwordHash, ...user } of config.users) {
    await declareUser(accounts, { ...user, isOperator: operator, passwordHash: passwordHash.reveal() }, now)
  }
  // Who writes the configuration knows the applications in it, unless they say otherwise.
  for (const { id, secretDigests, ...client } of config.clients)
    await declareClient(oauth, id, { ...client, settings: { isAssured: true, ...settingsOf(client) } }, secretDigests, now)
}

function settingsOf(client: ClientRequest): ClientSettings {
  return client.settings ?? {}
}

async function declareAccount({ store }: Accounts, account: Account): Promise<void> {
  const isThere = async (): Promise<boolean> => (await store.findAccount(account.id)) !== undefined
  if (await isThere()) return
  const event = { type: 'account.created', at: account.createdAt, actor: { kind: 'system' }, accountId: account.id } as const
  try {
    await store.createAccount(account, { events: [event], revocations: [] })
  } catch (error) {
    if (!(await isThere())) throw error // else another node that starts at the same time was first
  }
}
