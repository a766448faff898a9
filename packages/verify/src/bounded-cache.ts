/**
 * A map of bounded size that forgets what has not been used for longest, or nearly so: a hand goes round the places, and an entry that was used since the hand last came by is
 * spared once more. Reading, which is what is done on every request, so moves nothing; and forgetting is no dearer in a large map than in a small one.
 */
export class BoundedCache<V> {
  readonly #entries = new Map<string, Entry<V>>()
  readonly #places: (Entry<V> | undefined)[] = []
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
    const entry = { key, value, place, used: false }
    this.#places[place] = entry
    this.#entries.set(key, entry)
  }

  delete(key: string): void {
    const entry = this.#entries.get(key)
    if (entry !== undefined) this.#forget(entry)
  }

  clear(): void {
    for (const entry of this.#entries.values()) this.#forget(entry)
  }

  get isFull(): boolean {
    return this.#entries.size >= this.#capacity
  }

  get size(): number {
    return this.#entries.size
  }

  #forget({ key, value, place }: Entry<V>): void {
    this.#entries.delete(key)
    this.#places[place] = undefined
    this.#free.push(place)
    this.#onForget(key, value)
  }

  /** Ends: who is spared is no longer marked as used. */
  #forgetOne(): void {
    const { size } = this.#entries
    while (this.#entries.size === size) {
      const entry = this.#places[this.#hand]
      this.#hand = (this.#hand + 1) % this.#places.length
      if (entry?.used === true) entry.used = false
      else if (entry !== undefined) this.#forget(entry)
    }
  }
}

interface Entry<V> {
  readonly key: string
  readonly value: V
  readonly place: number
  used: boolean
}
