/** Bytes that come in pieces, taken in amounts. */

const EMPTY = Buffer.alloc(0)

export type Pieces = AsyncIterable<Buffer> | Iterable<Buffer>

export class ByteSource {
  readonly #pieces: AsyncIterator<Buffer> | Iterator<Buffer>
  #rest: Buffer = EMPTY
  #isDry = false

  constructor(pieces: Pieces) {
    this.#pieces = Symbol.asyncIterator in pieces ? pieces[Symbol.asyncIterator]() : pieces[Symbol.iterator]()
  }

  async #refill(): Promise<boolean> {
    if (this.#isDry) return false
    const { done, value } = await this.#pieces.next()
    if (done === true) this.#isDry = true
    else this.#rest = value
    return done !== true
  }

  /** So many bytes, without waiting, if they are here already. Valid until the next call. */
  takeNow(count: number): Buffer | undefined {
    if (this.#rest.length < count) return undefined
    const taken = this.#rest.subarray(0, count)
    this.#rest = this.#rest.subarray(count)
    return taken
  }

  /** So many bytes, or fewer at the end. For small amounts. */
  async take(count: number): Promise<Buffer> {
    const now = this.takeNow(count)
    if (now !== undefined) return now
    const parts: Buffer[] = []
    let missing = count
    for await (const part of this.upTo(count)) {
      parts.push(part)
      missing -= part.length
      if (missing === 0) break
    }
    return Buffer.concat(parts)
  }

  /** The next so many bytes, in pieces as they come. */
  async *upTo(count: number): AsyncGenerator<Buffer> {
    let missing = count
    while (missing > 0) {
      if (this.#rest.length === 0 && !(await this.#refill())) return
      const part = this.#rest.subarray(0, missing)
      this.#rest = this.#rest.subarray(part.length)
      missing -= part.length
      if (part.length > 0) yield part
    }
  }

  /** @returns how many there were. */
  async skip(count: number): Promise<number> {
    let skipped = 0
    for await (const part of this.upTo(count)) skipped += part.length
    return skipped
  }

  /** Up to the byte, which is taken and left out; without waiting if it is here. `undefined` at the end, or when it does not come in so many bytes. */
  async line(atMost: number): Promise<string | undefined> {
    let text = ''
    while (text.length < atMost) {
      const end = this.#rest.indexOf(10)
      if (end !== -1) {
        text += this.#rest.toString('latin1', 0, end)
        this.#rest = this.#rest.subarray(end + 1)
        return text
      }
      text += this.#rest.toString('latin1')
      this.#rest = EMPTY
      if (!(await this.#refill())) return undefined
    }
    return undefined
  }

  /** The beginning, which stays. */
  async peek(count: number): Promise<Buffer> {
    while (this.#rest.length < count) {
      const before = this.#rest
      if (!(await this.#refill())) break
      if (before.length > 0) this.#rest = Buffer.concat([before, this.#rest])
    }
    return this.#rest.subarray(0, count)
  }

  rest(): AsyncGenerator<Buffer> {
    return this.upTo(Number.POSITIVE_INFINITY)
  }

  /** Whoever gives the bytes need give no more. */
  async close(): Promise<void> {
    this.#isDry = true
    await this.#pieces.return?.(undefined)
  }
}
