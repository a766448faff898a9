/** A secret on its way from the line that mints it to the one that hands it over. Printing, serialising or logging it shows its fingerprint. */
import { inspect } from 'node:util'

export class Secret {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** The secret itself. Call it where it is handed to its owner, or digested; nowhere else. */
  reveal(): string {
    return this.#text
  }

  get fingerprint(): string {
    return this.#text.length > 16 ? `${this.#text.slice(0, 8)}…${this.#text.slice(-4)}` : '…'
  }

  get lastFour(): string {
    return this.#text.slice(-4)
  }

  toString(): string {
    return `[secret ${this.fingerprint}]`
  }

  toJSON(): string {
    return this.toString()
  }

  [inspect.custom](): string {
    return this.toString()
  }
}
