/** Records of stored credentials by digest, and by everything they live by, so that one ending finds all it kills (K10). */
import type { CredentialRecord, Lifeline, Principal } from '@latchwork/kernel'
import { BoundedCache } from './bounded-cache.ts'

export interface HeldRecord {
  readonly record: CredentialRecord
  /** Ready to hand out, frozen because many callers share it. */
  readonly principal: Principal
  /** The feed id up to which the record was known to be good when it was read. */
  readonly asOf: number
}

export class RecordCache {
  readonly #byDigest: BoundedCache<HeldRecord>
  readonly #digestsByLifeline = new Map<Lifeline, Set<string>>()

  constructor(capacity: number) {
    this.#byDigest = new BoundedCache(capacity, (digest, held) => this.#unlink(digest, held))
  }

  get(digest: string): HeldRecord | undefined {
    return this.#byDigest.get(digest)
  }

  set(digest: string, held: HeldRecord): void {
    this.#byDigest.set(digest, held)
    for (const lifeline of held.record.livesBy) {
      const digests = this.#digestsByLifeline.get(lifeline)
      if (digests === undefined) this.#digestsByLifeline.set(lifeline, new Set([digest]))
      else digests.add(digest)
    }
  }

  /** Forgets every credential that lives by this. */
  evict(lifeline: Lifeline): void {
    for (const digest of this.#digestsByLifeline.get(lifeline) ?? []) this.#byDigest.delete(digest)
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
      digests?.delete(digest)
      if (digests?.size === 0) this.#digestsByLifeline.delete(lifeline)
    }
  }
}
