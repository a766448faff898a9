/** Records of stored credentials by digest, and by everything they live by, so that one ending finds all it kills (K10). */
import type { CredentialRecord, Lifeline, Principal } from '@latchwork/kernel'
import { BoundedCache } from './bounded-cache.ts'
import { frozenPrincipal } from './judge.ts'
import { SeenLately } from './seen-lately.ts'

export class HeldRecord {
  readonly record: CredentialRecord
  /** The feed id up to which the record was known to be good when it was read. */
  readonly asOf: number
  /** For who tells others of it: whether that was done before, and what was written, so that it is not written again. */
  isTold = false
  written: string | undefined = undefined
  #principal: Principal | undefined = undefined

  constructor(record: CredentialRecord, asOf: number) {
    this.record = record
    this.asOf = asOf
  }

  /** Ready to hand out, frozen because many callers share it; made when it is first wanted. */
  get principal(): Principal {
    this.#principal ??= frozenPrincipal(this.record.principal, true)
    return this.#principal
  }
}

export class RecordCache {
  readonly #byDigest: BoundedCache<HeldRecord>
  /** One digest stands alone: most things have one credential that lives by them. */
  readonly #digestsByLifeline = new Map<Lifeline, string | Set<string>>()
  readonly #seen: SeenLately

  constructor(capacity: number) {
    this.#seen = new SeenLately(capacity)
    this.#byDigest = new BoundedCache(capacity, (digest, held) => this.#unlink(digest, held))
  }

  get(digest: string): HeldRecord | undefined {
    return this.#byDigest.get(digest)
  }

  /** Once it is full, only what comes for the second time takes a place: many that come once, or seldom, drive nothing out that is in use. */
  set(digest: string, held: HeldRecord): void {
    if (this.#byDigest.isFull && this.#byDigest.get(digest) === undefined && !this.#seen.note(digest)) return
    this.#byDigest.set(digest, held)
    for (const lifeline of held.record.livesBy) {
      const digests = this.#digestsByLifeline.get(lifeline)
      if (digests === undefined) this.#digestsByLifeline.set(lifeline, digest)
      else if (typeof digests !== 'string') digests.add(digest)
      else this.#digestsByLifeline.set(lifeline, new Set([digests, digest]))
    }
  }

  /** Forgets every credential that lives by this. */
  evict(lifeline: Lifeline): void {
    const digests = this.#digestsByLifeline.get(lifeline) ?? []
    for (const digest of typeof digests === 'string' ? [digests] : digests) this.#byDigest.delete(digest)
  }

  clear(): void {
    this.#byDigest.clear()
  }

  get size(): number {
    return this.#byDigest.size
  }

  /** How many lifelines are indexed: none are when nothing is held. */
  get lifelines(): number {
    return this.#digestsByLifeline.size
  }

  #unlink(digest: string, held: HeldRecord): void {
    for (const lifeline of held.record.livesBy) {
      const digests = this.#digestsByLifeline.get(lifeline)
      if (digests === undefined) continue
      if (typeof digests !== 'string') digests.delete(digest)
      if (digests === digest || (typeof digests !== 'string' && digests.size === 0)) this.#digestsByLifeline.delete(lifeline)
    }
  }
}
