/**
 * A map of bounded size that forgets what has not been used for longest, or nearly so: an entry that was used since it came, or was last spared, is spared once more when its turn
 * comes. Reading, which is what is done on every request, so moves nothing.
 */
export class BoundedCache<V> {
  readonly #entries = new Map<string, Entry<V>>() // in the order in which their turn comes
  readonly #capacity: number
  readonly #onForget: (key: string, value: V) => void

  constructor(capacity: number, onForget: (key: string, value: V) => void = () => {}) {
    this.#capacity = capacity
    this.#onForget = onForget
  }

  get(key: string): V | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    entry.used = true
    return entry.value
  }

  set(key: string, value: V): void {
    this.delete(key)
    if (this.#entries.size >= this.#capacity) this.#forgetOne()
    this.#entries.set(key, { value, used: false })
  }

  delete(key: string): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    this.#entries.delete(key)
    this.#onForget(key, entry.value)
  }

  clear(): void {
    for (const key of this.#entries.keys()) this.delete(key)
  }

  get size(): number {
    return this.#entries.size
  }

  /** Ends: who is spared is no longer marked as used. */
  #forgetOne(): void {
    for (const [key, entry] of this.#entries) {
      if (!entry.used) {
        this.delete(key)
        return
      }
      entry.used = false
      this.#entries.delete(key)
      this.#entries.set(key, entry)
    }
  }
}

interface Entry<V> {
  readonly value: V
  used: boolean
}
