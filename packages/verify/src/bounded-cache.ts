/** A map that forgets what was used longest ago. */
export class BoundedCache<V> {
  readonly #entries = new Map<string, V>()
  readonly #capacity: number
  readonly #onForget: (key: string, value: V) => void

  constructor(capacity: number, onForget: (key: string, value: V) => void = () => {}) {
    this.#capacity = capacity
    this.#onForget = onForget
  }

  get(key: string): V | undefined {
    const value = this.#entries.get(key)
    if (value === undefined) return undefined
    this.#entries.delete(key) // a Map keeps the order of insertion: this makes it the youngest
    this.#entries.set(key, value)
    return value
  }

  set(key: string, value: V): void {
    this.delete(key)
    this.#entries.set(key, value)
    if (this.#entries.size <= this.#capacity) return
    const oldest = this.#entries.keys().next().value
    if (oldest !== undefined) this.delete(oldest)
  }

  delete(key: string): void {
    const value = this.#entries.get(key)
    if (value === undefined) return
    this.#entries.delete(key)
    this.#onForget(key, value)
  }

  clear(): void {
    for (const key of this.#entries.keys()) this.delete(key)
  }

  get size(): number {
    return this.#entries.size
  }
}
