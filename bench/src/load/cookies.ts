/** The cookies of one visitor of one host: enough of RFC 6265 to be signed in. */
import type { Answer } from './http-connection.ts'

export class Cookies {
  readonly #jar = new Map<string, string>()

  take(answer: Answer): void {
    for (const [, name, value] of answer.head.matchAll(/\r\nset-cookie: ([^=\r\n]+)=([^;\r\n]*)/gi)) {
      if (name === undefined || value === undefined) continue
      if (value === '') this.#jar.delete(name)
      else this.#jar.set(name, value)
    }
  }

  get header(): string {
    return [...this.#jar].map(([name, value]) => `${name}=${value}`).join('; ')
  }
}

/** The `Location` of a redirect. */
export function locationOf(answer: Answer): string {
  const location = /\r\nlocation: ([^\r\n]*)/i.exec(answer.head)?.[1]
  if (location === undefined) throw new Error(`expected a redirect, got ${answer.status}: ${answer.body.slice(0, 300)}`)
  return location
}
