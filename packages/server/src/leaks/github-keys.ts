/**
 * The keys GitHub signs its reports with: pinned by the configuration, or fetched and kept by identifier. An identifier that is unknown leads to one fetch, with a pause
 * counted from the last attempt, so that a stranger cannot make us ask GitHub again and again.
 */
import { createPublicKey, type KeyObject } from 'node:crypto'
import type { Clock } from '@latchwork/kernel'
import type { Config } from '../config/index.ts'
import { type GithubKey, isP256 } from '../config/leak-options.ts'
import { createGuardedFetch, type GuardedFetch, OutboundError } from '../outbound/guarded-fetch.ts'

export interface GithubKeys {
  readonly find: (identifier: string) => Promise<KeyObject | undefined>
}

const COOLDOWN_MS = 60_000
/** After this the list is asked for again, so that a key GitHub has withdrawn is not believed for ever. */
const STALE_MS = 24 * 60 * 60_000
/** And after this, if GitHub could not be asked, nothing is believed any more. */
const MAX_AGE_MS = 7 * STALE_MS
const MAX_KEYS = 100

const MAX_LIST_BYTES = 256 * 1024

/** As the configuration says; `undefined` where GitHub's reports are not taken. */
export function openGithubKeys({ leaks, outbound }: Config, clock: Clock, onTrouble: FetchedKeysParts['onTrouble']): GithubKeys | undefined {
  if (leaks.github === undefined) return undefined
  const { keys, keysUrl } = leaks.github
  if (keys.length > 0) return pinnedKeys(keys)
  return fetchedKeys({ fetchList: () => fetchKeyList(createGuardedFetch(outbound), keysUrl), clock, onTrouble })
}

async function fetchKeyList(fetch: GuardedFetch, url: string): Promise<unknown> {
  const { status, body } = await fetch(url, { method: 'GET', headers: { accept: 'application/json' }, maxBytes: MAX_LIST_BYTES })
  if (status !== 200) throw new OutboundError('not_reached', `answered ${status}`)
  return JSON.parse(body.toString('utf8'))
}

function pinnedKeys(keys: readonly GithubKey[]): GithubKeys {
  const byIdentifier = new Map(keys.map(({ identifier, key }) => [identifier, key]))
  return { find: async (identifier) => byIdentifier.get(identifier) }
}

interface FetchedKeysParts {
  /** GitHub's list, parsed: `{ public_keys: [{ key_identifier, key }] }`, the key as PEM. */
  readonly fetchList: () => Promise<unknown>
  readonly clock: Clock
  readonly onTrouble: (message: string, cause?: unknown) => void
}

export function fetchedKeys({ fetchList, clock, onTrouble }: FetchedKeysParts): GithubKeys {
  let known: ReadonlyMap<string, KeyObject> = new Map()
  let fetchedAt: number | undefined
  let attemptedAt: number | undefined
  let underWay: Promise<void> | undefined

  async function refetch(): Promise<void> {
    attemptedAt = clock.now()
    try {
      known = readKeyList(await fetchList())
      fetchedAt = clock.now()
    } catch (cause) {
      onTrouble("GitHub's keys could not be fetched", cause)
    } finally {
      underWay = undefined
    }
  }

  const age = (now: number): number => (fetchedAt === undefined ? Number.POSITIVE_INFINITY : Math.max(0, now - fetchedAt))
  const mayAsk = (now: number): boolean => attemptedAt === undefined || now < attemptedAt || now - attemptedAt >= COOLDOWN_MS

  return {
    async find(identifier) {
      const isWanting = !known.has(identifier) || age(clock.now()) > STALE_MS
      if (isWanting && (underWay !== undefined || mayAsk(clock.now()))) {
        underWay ??= refetch()
        await underWay
      }
      return age(clock.now()) > MAX_AGE_MS ? undefined : known.get(identifier)
    },
  }
}

/** @throws TypeError if the answer is no list of keys; a key that is not of GitHub's algorithm is left out. */
export function readKeyList(answer: unknown): ReadonlyMap<string, KeyObject> {
  const list = (answer as { readonly public_keys?: unknown } | null)?.public_keys
  if (!Array.isArray(list)) throw new TypeError('the answer is no list of keys')
  const entries = list.slice(0, MAX_KEYS).flatMap((entry: unknown): readonly (readonly [string, KeyObject])[] => {
    const { key_identifier: identifier, key: pem } = (entry ?? {}) as { readonly key_identifier?: unknown; readonly key?: unknown }
    if (typeof identifier !== 'string' || typeof pem !== 'string') return []
    const key = keyOf(pem)
    return key === undefined ? [] : [[identifier, key]]
  })
  return new Map(entries)
}

function keyOf(pem: string): KeyObject | undefined {
  try {
    const key = createPublicKey(pem)
    return isP256(key) ? key : undefined
  } catch {
    return undefined
  }
}
