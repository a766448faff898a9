/** The key ring in this server: opened by the configuration, its schedule kept, changes by other nodes heard. */
import { type Clock, type FeedEntry, refuse } from '@latchwork/kernel'
import { JWT_LIFETIME_SECONDS } from '@latchwork/oauth'
import { type KeyRing, keepSchedule, openKeyRing, type RingPolicy, sealedVault } from '@latchwork/signing'
import type { Store } from '@latchwork/store'
import { readKeySet, type VerificationKey } from '@latchwork/verify'
import { type Config, formerKeysOf } from './config/index.ts'

export interface Signing {
  readonly keyRing: KeyRing
  /** Does what is due in the ring. Never rejects. */
  readonly turn: () => Promise<void>
  /** The key to verify a token of ours with: at once if it is known; else after the ring was read anew, once a second at most. */
  readonly findKey: (kid: string) => VerificationKey | undefined | Promise<VerificationKey | undefined>
  readonly close: () => Promise<void>
}

interface Parts {
  readonly config: Config
  readonly store: Store
  readonly secretKey: Buffer
  readonly clock: Clock
  /** By which it is known that something may be removed: `settledClock`. */
  readonly removalClock: Clock
  readonly onTrouble: (message: string, cause?: unknown) => void
}

const TURN_EVERY_MS = 60_000
const HOUR_MS = 3_600_000
/** For nodes that have not heard yet, verifiers that grant a leeway, and clocks that differ. */
const MARGIN_MS = 15 * 60_000
const REREAD_AFTER_MS = 1000
/** ID tokens and what else is signed beside access tokens. */
const OTHER_TOKENS_SECONDS = 3600

/** @throws Error when a private half cannot be opened with any of the secret keys; Refusal `store_unavailable`. */
export async function openSigning({ config, store, secretKey, clock, removalClock, onTrouble }: Parts): Promise<Signing> {
  const vault = sealedVault([secretKey, ...formerKeysOf(config)])
  const keyRing = await openKeyRing({ store: store.signing, vault, clock, policy: ringPolicy(config), onTrouble })
  let turning: Promise<void> | undefined
  const turn = (): Promise<void> => {
    turning ??= keepSchedule(keyRing, clock.now(), removalClock.now())
      .catch((cause) => onTrouble('the schedule of the signing keys could not be kept; it is tried again in a minute', cause))
      .finally(() => {
        turning = undefined
      })
    return turning
  }
  const timer = setInterval(() => void turn(), TURN_EVERY_MS).unref()
  const readAnew = (): void => {
    keyRing.refresh().catch((cause) => onTrouble('a signing key was revoked, but the ring could not be read; it is tried again in a minute', cause))
  }
  const hear = (entries: readonly FeedEntry[]): void => {
    if (entries.some(({ lifeline }) => lifeline.startsWith('signing_key:'))) readAnew()
  }
  const stop = store.feed.subscribe(hear, readAnew)
  await turn()
  return {
    keyRing,
    turn,
    findKey: findIn(keyRing, clock),
    close: async () => {
      stop()
      clearInterval(timer)
      await turning
    },
  }
}

/** Of those that are JWTs: so long what ends them must be remembered, and their keys published. */
export function longestAccessTokenSeconds({ sessions, apis }: Pick<Config, 'sessions' | 'apis'>): number {
  const ofApis = apis.filter(({ tokenFormat }) => tokenFormat === 'jwt').map((api) => api.accessTokenLifetimeSeconds ?? JWT_LIFETIME_SECONDS)
  return Math.max(sessions.accessTokenLifetimeSeconds, ...ofApis)
}

export function ringPolicy({ signing, sessions, oauth, apis }: Pick<Config, 'signing' | 'sessions' | 'oauth' | 'apis'>): RingPolicy {
  const longestSeconds = Math.max(longestAccessTokenSeconds({ sessions, apis }), oauth.accessTokenLifetimeSeconds, OTHER_TOKENS_SECONDS)
  return {
    rotateEveryMs: signing.rotateEveryDays * 24 * HOUR_MS,
    publishAheadMs: signing.publishAheadHours * HOUR_MS,
    keepPublishedMs: longestSeconds * 1000 + MARGIN_MS,
    ed25519Name: signing.ed25519Name,
  }
}

/** Another node may have made a key that this one has not heard of. Made-up ids cost one reading a second, counted from the last attempt, however it ended. */
function findIn(keyRing: KeyRing, clock: Clock): Signing['findKey'] {
  let readOf: ReturnType<KeyRing['publicKeys']> | undefined
  let keys: ReadonlyMap<string, VerificationKey> = new Map()
  let attemptedAt = Number.NEGATIVE_INFINITY
  let underWay: Promise<void> | undefined
  const known = (kid: string): VerificationKey | undefined => {
    const published = keyRing.publicKeys()
    if (published !== readOf) keys = readKeySet({ keys: published }) ?? keys
    readOf = published
    return keys.get(kid)
  }
  return (kid) => {
    const key = known(kid)
    if (key !== undefined) return key
    const now = clock.now()
    if (underWay === undefined && Math.abs(now - attemptedAt) < REREAD_AFTER_MS) return undefined
    if (underWay === undefined) attemptedAt = now
    underWay ??= keyRing.refresh().finally(() => {
      underWay = undefined
    })
    return underWay.then(
      () => known(kid),
      (cause) => refuse('store_unavailable', { cause }),
    )
  }
}
