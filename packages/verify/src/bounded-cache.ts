/**
 * A map of bounded size that forgets what has not been used for longest, or nearly so: a hand goes round the places, and an entry that was used since the hand last came by is
 * spared once more. Reading, which is what is done on every request, so moves nothing; and forgetting is no dearer in a large map than in a small one.
 */
export class BoundedCache<V> {
  readonly #entries = new Map<string, Entry<V>>()
  readonly #places: (string | undefined)[] = []
  readonly #free: number[] = []
  readonly #capacity: number
  readonly #onForget: (key: string, value: V) => void
  #hand = 0

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
    const place = this.#free.pop() ?? this.#places.length
    this.#places[place] = key
    this.#entries.set(key, { value, place, used: false })
  }

  delete(key: string): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    this.#entries.delete(key)
    this.#places[entry.place] = undefined
    this.#free.push(entry.place)
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
    const { size } = this.#entries
    while (this.#entries.size === size) {
      const key = this.#places[this.#hand]
      this.#hand = (this.#hand + 1) % this.#places.length
      const entry = key === undefined ? undefined : this.#entries.get(key)
      if (key === undefined || entry === undefined) continue
      if (entry.used) entry.used = false
      else this.delete(key)
    }
  }
}

interface Entry<V> {
  readonly value: V
  readonly place: number
  used: boolean
}
