/**
 * Use of keys, added up in memory. Noting one use is a look-up, two additions and a comparison; nothing is made for a key that was noted before. What is added up is
 * handed over in portions, each of one minute and of so few keys that writing one holds nobody up. A network is handed over once a minute for each key.
 */
import { canonicalAddress, redactCredentials } from '@latchwork/kernel'
import { type UseOutcome, useOutcomeIndex, useOutcomeNames } from './outcomes.ts'
import type { KeyUse, NetworkSighting } from './store.ts'

export interface UseNote {
  /** Id of a key that exists: whoever notes has found it. */
  readonly keyId: string
  readonly outcome: UseOutcome
  readonly address?: string | undefined
  readonly userAgent?: string | undefined
  /** Epoch milliseconds. */
  readonly at: number
}

export interface UseTally {
  readonly note: (use: UseNote) => void
  /** Everything noted since the last time, each portion to be written in one act. */
  readonly take: () => readonly (readonly KeyUse[])[]
  /** Keys and minutes that wait. */
  readonly size: () => number
  /** Uses that found no room since the last time. */
  readonly takeDropped: () => number
}

export interface UseTallyOptions {
  /** `networkOf` of `limits`. */
  readonly networkOf: (address: string | undefined) => string
  /** How many keys, each for one minute, may wait. */
  readonly capacity?: number
}

/** On SQLite an act holds up the whole process: two hundred keys take some milliseconds. */
export const PORTION = 200
const CAPACITY = 100_000
/** So many networks are remembered as handed over; others are handed over again, which costs time and changes nothing. */
const MAX_HANDED = 200_000
/** Addresses kept apart per key and portion; what comes from more is only counted. */
export const MAX_ADDRESSES = 64
const MINUTE_MS = 60_000
const MAX_USER_AGENT = 256

interface Sighting {
  readonly address: string
  firstAt: number
  lastAt: number
}

interface Entry {
  readonly keyId: string
  readonly counts: number[]
  lastAt: number
  lastAddress: string | undefined
  lastUserAgent: string | undefined
  /** Of the address seen last: most callers have one. */
  seen: Sighting | undefined
  readonly sightings: Sighting[]
  beyond: number
}

export function createUseTally({ networkOf, capacity = CAPACITY }: UseTallyOptions): UseTally {
  let minute = 0
  let entries = new Map<string, Entry>()
  let sealed: { readonly minute: number; readonly entries: readonly Entry[] }[] = []
  let sealedSize = 0
  let dropped = 0
  /** Of the current minute: `key network`. */
  const handed = new Set<string>()

  /** Whether this sighting says something that was not said in this minute. */
  function isNews(keyId: string, network: string): boolean {
    const pair = `${keyId} ${network}`
    if (handed.has(pair)) return false
    if (handed.size < MAX_HANDED) handed.add(pair)
    return true
  }

  function seal(): void {
    if (entries.size === 0) return
    sealed.push({ minute, entries: [...entries.values()] })
    sealedSize += entries.size
    entries = new Map()
  }

  function open(keyId: string): Entry | undefined {
    if (entries.size + sealedSize >= capacity) return undefined
    const entry: Entry = {
      keyId,
      counts: useOutcomeNames.map(() => 0),
      lastAt: 0,
      lastAddress: undefined,
      lastUserAgent: undefined,
      seen: undefined,
      sightings: [],
      beyond: 0,
    }
    entries.set(keyId, entry)
    return entry
  }

  return {
    note: ({ keyId, outcome, address, userAgent, at }) => {
      if (at - minute >= MINUTE_MS || at < minute) {
        seal()
        minute = at - (at % MINUTE_MS)
        handed.clear()
      }
      const entry = entries.get(keyId) ?? open(keyId)
      if (entry === undefined) {
        dropped++
        return
      }
      const index = useOutcomeIndex[outcome]
      entry.counts[index] = (entry.counts[index] ?? 0) + 1
      if (index !== 0) return // only a use that was accepted is a use of the key
      entry.lastAt = at
      entry.lastAddress = address
      entry.lastUserAgent = userAgent
      const { seen } = entry
      if (seen !== undefined && seen.address === address) seen.lastAt = at
      else if (address !== undefined) see(entry, address, at)
    },
    take: () => {
      seal()
      const taken = sealed
      sealed = []
      sealedSize = 0
      return taken.flatMap(({ minute: from, entries: all }) => portionsOf(all).map((portion) => portion.map((entry) => useOf(entry, from, networkOf, isNews))))
    },
    size: () => entries.size + sealedSize,
    takeDropped: () => {
      const count = dropped
      dropped = 0
      return count
    },
  }
}

function see(entry: Entry, address: string, at: number): void {
  const known = entry.sightings.find((sighting) => sighting.address === address)
  if (known !== undefined) known.lastAt = at
  else if (entry.sightings.length >= MAX_ADDRESSES) {
    entry.beyond++
    return
  } else entry.sightings.push({ address, firstAt: at, lastAt: at })
  entry.seen = known ?? entry.sightings.at(-1)
}

function portionsOf(entries: readonly Entry[]): readonly (readonly Entry[])[] {
  const portions: (readonly Entry[])[] = []
  for (let from = 0; from < entries.length; from += PORTION) portions.push(entries.slice(from, from + PORTION))
  return portions
}

function useOf(entry: Entry, minute: number, networkOf: UseTallyOptions['networkOf'], isNews: (keyId: string, network: string) => boolean): KeyUse {
  const { keyId, lastAt, lastAddress, lastUserAgent, beyond } = entry
  const networks = networksOf(entry.sightings, networkOf).filter(({ network }) => isNews(keyId, network))
  return {
    keyId,
    minute,
    counts: Object.fromEntries(useOutcomeNames.flatMap((name, index) => ((entry.counts[index] ?? 0) > 0 ? [[name, entry.counts[index]]] : []))),
    ...(lastAt === 0 ? {} : { lastUsedAt: lastAt }),
    ...(lastAt === 0 || lastAddress === undefined ? {} : { lastAddress: canonicalAddress(lastAddress) ?? lastAddress }),
    ...(lastAt === 0 || lastUserAgent === undefined ? {} : { lastUserAgent: boundedUserAgent(lastUserAgent) }),
    networks,
    beyondNetworks: beyond,
  }
}

/** Each network once, from its first sighting to its last. */
export function networksOf(sightings: readonly Readonly<Sighting>[], networkOf: UseTallyOptions['networkOf']): readonly NetworkSighting[] {
  const networks = new Map<string, NetworkSighting>()
  for (const { address, firstAt, lastAt } of sightings) {
    const network = networkOf(address)
    const known = networks.get(network)
    networks.set(network, {
      network,
      firstSeenAt: Math.min(firstAt, known?.firstSeenAt ?? firstAt),
      lastSeenAt: Math.max(lastAt, known?.lastSeenAt ?? lastAt),
    })
  }
  return [...networks.values()]
}

/** A stranger's text: bounded, without credentials, and such as every engine can keep. */
export function boundedUserAgent(text: string): string {
  return redactCredentials(text.slice(0, 8 * MAX_USER_AGENT))
    .slice(0, MAX_USER_AGENT)
    .toWellFormed()
    .replace(/\p{Cc}/gu, '\ufffd')
}
