/**
 * API keys, opaque access tokens and root keys: known by looking them up. What was looked up is remembered, and the memory is trusted only while
 * the revocation feed is whole (design, decisions 4 and 21).
 */
import { setTimeout as pause } from 'node:timers/promises'
import {
  digestOf,
  type FeedEntry,
  isForeignForm,
  type Lifeline,
  LOOK_UPS_ANEW,
  type Mechanism,
  parseCredential,
  Refusal,
  refuse,
  type Soon,
} from '@latchwork/kernel'
import { checkAlive } from './judge.ts'
import type { AuthenticatorPorts, ForeignCredential, FoundCredential, PresentedCredential } from './ports.ts'
import { HeldRecord, RecordCache } from './record-cache.ts'
import { KEEP_MS, type RevocationMemory } from './revocation-memory.ts'
import type { VerifierTerms } from './terms.ts'

/** What may stand where a credential for a call is expected. Every other kind is refused as if it were unknown: each works only in its own slot. */
const mechanisms: Partial<Record<PresentedCredential['type'], Mechanism>> = {
  api_key: 'api_key',
  access_token: 'oauth',
  root_key: 'root_key',
  foreign: 'api_key',
}

/** One for all, and not thrown where a caller is judged: they come in floods. */
const malformed = Object.freeze(new Refusal('credential_malformed', { reason: 'form or checksum' }))

/** A read slower than this is not believed: endings that overtook it might have been forgotten again. */
export const MAX_READ_MS = KEEP_MS / 4
const MAX_READS_AT_ONCE = 1000
/**
 * How long to wait before an overtaken read is done again: a key that is rolled or changed must refuse no caller (K6). The first time not at all, for a change that came while it was
 * read. Then longer and longer: behind one address several nodes may answer, and the feed of one may be ahead of what another knows, by a second where a notification was lost.
 */
const PAUSES_MS = [0, 0, 5, 15, 30, 50, 100, 200, 400, 600]

export class StoredCredentials {
  readonly #ports: AuthenticatorPorts
  readonly #terms: VerifierTerms
  readonly #memory: RevocationMemory
  readonly #cache: RecordCache
  readonly #shared = new Map<string, Promise<HeldRecord | undefined>>()
  #reads = 0

  constructor(ports: AuthenticatorPorts, terms: VerifierTerms, memory: RevocationMemory) {
    this.#ports = ports
    this.#terms = terms
    this.#memory = memory
    this.#cache = new RecordCache(terms.cacheSize)
  }

  /** Form and checksum → cache or look-up → status, time, environment, address, audience. A promise only where something must be read; a refusal by value where nothing was. */
  authenticate(text: string, now: number, fresh: boolean, address: string | undefined): HeldRecord | Refusal | Promise<HeldRecord> {
    const presented = this.#present(text)
    if (presented === undefined) return malformed
    const held = this.#known(presented, fresh)
    if (!(held instanceof Promise)) return this.#judged(held, now, address)
    return held.then((found) => this.#judged(found, this.#ports.clock.now(), address))
  }

  /**
   * What is known of a credential, judged by nobody; `undefined` if it is unknown. At once where it is remembered.
   * @throws Refusal `credential_malformed`, `credential_invalid` for a credential of another slot or one that ended meanwhile, `store_unavailable`, `overloaded`.
   */
  lookUp(text: string, fresh: boolean): Soon<HeldRecord | undefined> {
    const presented = this.#present(text)
    if (presented === undefined) throw malformed
    return this.#known(presented, fresh)
  }

  #present(text: string): PresentedCredential | undefined {
    return parseCredential(text) ?? this.#foreign(text)
  }

  #known(presented: PresentedCredential, fresh: boolean): Soon<HeldRecord | undefined> {
    if (mechanisms[presented.type] === undefined) return refuse('credential_invalid', { reason: `a ${presented.type} where a credential for a call belongs` })
    const digest = digestOf(presented.text)
    return (fresh ? this.#cache.get(digest) : undefined) ?? this.#find(presented, digest, fresh)
  }

  /** Not in our form: refused without a look-up, unless keys of other systems were imported (K16). */
  #foreign(text: string): ForeignCredential | undefined {
    const isPossible = this.#ports.acceptsForeign?.() === true && isForeignForm(text)
    return isPossible ? { type: 'foreign', text } : undefined
  }

  evict(entries: readonly FeedEntry[]): void {
    for (const entry of entries) this.#cache.evict(entry.lifeline)
  }

  forget(lifeline: Lifeline): void {
    this.#cache.evict(lifeline)
  }

  evictAll(): void {
    this.#cache.clear()
  }

  get size(): number {
    return this.#cache.size
  }

  #judged(held: HeldRecord | undefined, now: number, address: string | undefined): HeldRecord {
    if (held === undefined) return refuse('credential_invalid', { reason: 'unknown' })
    checkAlive(held.record, this.#terms.circumstances(now, address))
    return held
  }

  /** Callers that come while a read is under way share it; not while the feed is away, when nothing tells that the read was overtaken. */
  #find(presented: PresentedCredential, digest: string, fresh: boolean): Soon<HeldRecord | undefined> {
    const shared = fresh ? this.#shared.get(digest) : undefined
    if (shared !== undefined) return shared
    if (this.#reads >= MAX_READS_AT_ONCE) return refuse('overloaded', { reason: 'too many look-ups at once' })
    const first = this.#readOnce(presented, digest)
    if (!(first instanceof Promise) && !isOvertaken(first)) return first
    const read = this.#readOn(first, presented, digest)
    if (!fresh) return read
    const sharing = read.finally(() => this.#shared.delete(digest))
    this.#shared.set(digest, sharing)
    return sharing
  }

  async #readOn(first: Soon<Read>, presented: PresentedCredential, digest: string): Promise<HeldRecord | undefined> {
    this.#reads++
    try {
      let found = await first
      for (const milliseconds of PAUSES_MS) {
        if (!isOvertaken(found)) break
        if (milliseconds > 0) await pause(milliseconds)
        found = await this.#readOnce(presented, digest)
      }
      if (found === 'ended') return refuse('credential_invalid', { reason: 'ended while it was looked up' })
      // Whether the key was ended or only changed, nobody here knows: no reason to say yes, nor that it is wrong.
      return found === 'changed' ? refuse('store_unavailable', { reason: 'what was looked up is older than what the revocation feed says' }) : found
    } finally {
      this.#reads--
    }
  }

  #readOnce(presented: PresentedCredential, digest: string): Soon<Read> {
    const startedAt = this.#ports.clock.now()
    const { beginnings } = this.#memory
    try {
      const found = this.#ports.findCredential(presented, digest)
      if (!(found instanceof Promise)) return this.#hold(digest, found, startedAt)
      return found.then((later) => (this.#memory.beginnings === beginnings ? this.#hold(digest, later, startedAt) : 'changed'), refuseUnread)
    } catch (cause) {
      return refuseUnread(cause)
    }
  }

  #hold(digest: string, found: FoundCredential | undefined, startedAt: number): Read {
    if (Math.abs(this.#ports.clock.now() - startedAt) > MAX_READ_MS) return refuse('store_unavailable', { reason: 'the look-up took too long' })
    if (found === undefined) return undefined
    const { record, asOf, unheard } = found
    if (this.#memory.hasEndedAfter(asOf, record.livesBy) || this.#memory.hasEndedAfter(asOf, ANEW))
      return this.#memory.hasEndedAfter(asOf, record.livesBy.filter(isEnd)) ? 'ended' : 'changed'
    const held = new HeldRecord(record, asOf)
    if (record.alive && unheard !== true && asOf >= this.#memory.forgottenUpTo) this.#cache.set(digest, held)
    return held
  }
}

const ANEW = [LOOK_UPS_ANEW]

/** What was overtaken by an entry of the feed is not believed, and not kept. Of a key and of the rights of a client the feed tells changes, too; of all else it lives by, that it ended. */
type Overtaken = 'changed' | 'ended'
type Read = HeldRecord | Overtaken | undefined

function isEnd(lifeline: Lifeline): boolean {
  return !lifeline.startsWith('key:') && !lifeline.startsWith('client_rights:')
}

function isOvertaken(read: Read): read is Overtaken {
  return read === 'changed' || read === 'ended'
}

function refuseUnread(cause: unknown): never {
  if (cause instanceof Refusal) throw cause
  return refuse('store_unavailable', { reason: 'the look-up failed', cause })
}
