/** The notes, in memory: each belongs to the person or the account its writer acted for. */
import type { Principal } from './principal.ts'

export interface Note {
  readonly text: string
  /** ISO 8601. */
  readonly writtenAt: string
}

export const LONGEST_NOTE = 500
/** What everybody begins with, so that there is something to read. */
const WELCOME: Note = { text: 'Your first note. POST /notes writes the next.', writtenAt: '2026-01-01T00:00:00.000Z' }
const MOST_NOTES = 100
const MOST_OWNERS = 1000

export class Notes {
  readonly #byOwner = new Map<string, readonly Note[]>()

  of(principal: Principal): readonly Note[] {
    return this.#byOwner.get(ownerOf(principal)) ?? [WELCOME]
  }

  /** The oldest make room. */
  add(principal: Principal, text: string, now: Date): Note {
    const note = { text, writtenAt: now.toISOString() }
    const owner = ownerOf(principal)
    const kept = [...this.of(principal), note].slice(-MOST_NOTES)
    this.#byOwner.delete(owner)
    this.#byOwner.set(owner, kept)
    const [oldest] = this.#byOwner.keys()
    if (this.#byOwner.size > MOST_OWNERS && oldest !== undefined) this.#byOwner.delete(oldest)
    return note
  }
}

/** A person's notes are the same whether her own front end or somebody else's application asks; a key's are its account's. */
function ownerOf(principal: Principal): string {
  return principal.userId ?? principal.accountId ?? principal.subject
}
