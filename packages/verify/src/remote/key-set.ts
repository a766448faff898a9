/** The issuer's public keys, fetched from `/jwks` in the background and held while the endpoint is away. */
import { type Clock, refuse } from '@latchwork/kernel'
import { readKeySet, type VerificationKey } from '../jwt/verification-key.ts'
import type { IssuerConnection } from './issuer-connection.ts'

export interface KeySetTimes {
  /** How often the set is fetched: a withdrawn key is refused by then. */
  readonly refreshMs: number
  /** An unknown `kid` leads to a fetch only this long after the last attempt, however that ended: a flood of made-up ids costs one fetch. */
  readonly cooldownMs: number
  /** How long keys are good while no fetch succeeds. */
  readonly ceilingMs: number
  /** The first retries, before any fetch has succeeded. */
  readonly impatientMs: number
}

export const usualKeySetTimes: KeySetTimes = { refreshMs: 300_000, cooldownMs: 30_000, ceilingMs: 86_400_000, impatientMs: 1000 }

export class RemoteKeySet {
  readonly #connection: IssuerConnection
  readonly #clock: Clock
  readonly #times: KeySetTimes
  readonly #log: (line: string) => void
  #keys: ReadonlyMap<string, VerificationKey> = new Map()
  #fetchedAt: number | undefined
  #attemptedAt = Number.NEGATIVE_INFINITY
  #lastFailed = false
  #underWay: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(connection: IssuerConnection, clock: Clock, times: KeySetTimes, log: (line: string) => void) {
    this.#connection = connection
    this.#clock = clock
    this.#times = times
    this.#log = log
  }

  /** The key; at once if it is held, after at most one fetch if not. @throws Refusal `store_unavailable` when it cannot be known whether the issuer has it. */
  find(kid: string): VerificationKey | undefined | Promise<VerificationKey | undefined> {
    const held = this.#held(kid)
    if (held !== undefined) return held
    if (this.#underWay === undefined && this.#isCooling()) return this.#unknown()
    return this.refresh().then(() => this.#held(kid) ?? this.#unknown())
  }

  /** Fetches now; callers that come meanwhile share the fetch. A failure is logged and leaves what is held as it is. */
  refresh(): Promise<void> {
    this.#underWay ??= this.#fetch().finally(() => {
      this.#underWay = undefined
      this.#schedule()
    })
    return this.#underWay
  }

  /** Hears that the issuer revoked a key: another signs from now on, so the set is fetched at once, and whoever asks for a key that is not in it may fetch once more. */
  revoked(kid: string): void {
    if (!this.#keys.has(kid)) return
    void this.refresh().then(() => {
      this.#attemptedAt = Number.NEGATIVE_INFINITY
    })
  }

  get fetchedAt(): number | undefined {
    return this.#fetchedAt
  }

  get size(): number {
    return this.#keys.size
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
  }

  #held(kid: string): VerificationKey | undefined {
    return this.#isWithinCeiling() ? this.#keys.get(kid) : undefined
  }

  #isWithinCeiling(): boolean {
    return this.#fetchedAt !== undefined && this.#clock.now() - this.#fetchedAt <= this.#times.ceilingMs
  }

  #isCooling(): boolean {
    const { cooldownMs, impatientMs } = this.#times
    // A clock that was set back has an attempt in its future: that one cools nothing.
    const elapsed = this.#clock.now() - this.#attemptedAt
    return elapsed >= 0 && elapsed < (this.#fetchedAt === undefined ? Math.min(impatientMs, cooldownMs) : cooldownMs)
  }

  /** After a fetch that succeeded the key is nobody's; after one that failed nobody knows. */
  #unknown(): undefined {
    if (this.#lastFailed || !this.#isWithinCeiling()) refuse('store_unavailable', { reason: 'the signing keys of the issuer cannot be fetched' })
    return undefined
  }

  async #fetch(): Promise<void> {
    this.#attemptedAt = this.#clock.now()
    try {
      const { status, json } = await this.#connection.ask('GET', '/jwks')
      const keys = status === 200 ? readKeySet(json) : undefined
      if (keys === undefined) throw new Error(`answered ${status}${status === 200 ? ', but with no JWK set' : ''}`)
      this.#keys = keys
      this.#fetchedAt = this.#clock.now()
      if (this.#lastFailed) this.#log('the signing keys of the issuer can be fetched again')
      this.#lastFailed = false
    } catch (error) {
      if (!this.#lastFailed && !this.#closed)
        this.#log(`the signing keys of the issuer cannot be fetched (${(error as Error).message}); ${this.#keys.size} held`)
      this.#lastFailed = true
    }
  }

  #schedule(): void {
    clearTimeout(this.#timer)
    if (this.#closed) return
    const { refreshMs, cooldownMs, impatientMs } = this.#times
    const pause = this.#fetchedAt === undefined ? impatientMs : this.#lastFailed ? Math.min(cooldownMs, refreshMs) : refreshMs
    this.#timer = setTimeout(() => this.refresh(), pause * (0.9 + Math.random() * 0.2)).unref()
  }
}
