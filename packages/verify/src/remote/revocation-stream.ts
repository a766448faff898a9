/**
 * The revocation feed, heard over HTTP: `GET /v1/revocations`. The server sends the entries after our position (all in force, when we have none), then `hello`: from then
 * on we know all there is, as long as bytes keep coming. Reconnects for ever, and goes on where it was.
 */
import type { IncomingMessage } from 'node:http'
import type { Clock, FeedEntry, Lifeline } from '@latchwork/kernel'
import { readEventStream, type ServerSentEvent } from './event-stream.ts'
import type { IssuerConnection } from './issuer-connection.ts'

/** The server sends a heartbeat each second; a connection silent for longer is dead, whatever TCP thinks. */
const SILENCE_MS = 3000
const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 2000
const LONGEST_PAUSE_REFUSED_MS = 30_000

export interface StreamListener {
  readonly entries: (entries: readonly FeedEntry[]) => void
  /** Entries up to this one will not come. */
  readonly missed: (upToFeedId: number) => void
  /** The numbers have gone back, and end here. */
  readonly begunAnew: (head: number) => void
  readonly log: (line: string) => void
}

export class RevocationStream {
  readonly #connection: IssuerConnection
  readonly #clock: Clock
  readonly #listener: StreamListener
  readonly #firstWhole = Promise.withResolvers<void>()
  #position: number | undefined
  #whole = false
  #freshAt = 0
  #failures = 0
  #told = false
  #closed = false
  #timer: NodeJS.Timeout | undefined
  #hangUp: () => void = () => {}

  constructor(connection: IssuerConnection, clock: Clock, listener: StreamListener) {
    this.#connection = connection
    this.#clock = clock
    this.#listener = listener
  }

  /** Connects. Everything after happens by itself. */
  open(): void {
    this.#whole = false
    const asked = this.#position
    let over = false
    const end = (why: string, refused = false) => {
      if (over) return
      over = true
      this.#hangUp()
      this.#ended(why, refused)
    }
    this.#watch(() => end('silent'))
    const headers: Record<string, string> = asked === undefined ? {} : { 'last-event-id': String(asked) }
    const failed = (error: Error) => end(error.message)
    this.#hangUp = this.#connection.open('/v1/revocations', headers, { opened: (response) => this.#listen(response, asked, end), failed })
  }

  /** Epoch milliseconds up to which all that the nodes knew was heard; 0 before anything was. */
  get freshAt(): number {
    return this.#freshAt
  }

  get position(): number | undefined {
    return this.#position
  }

  /** Settles when the feed has been whole for the first time. */
  get firstWhole(): Promise<void> {
    return this.#firstWhole.promise
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#hangUp()
  }

  #listen(response: IncomingMessage, asked: number | undefined, end: (why: string, refused?: boolean) => void): void {
    const { statusCode = 0 } = response
    const refused = statusCode >= 400 && statusCode < 500
    if (statusCode !== 200) {
      end(refused ? `answered ${statusCode}; the root key needs the scope revocations:read` : `answered ${statusCode}`, refused)
      return
    }
    const read = readEventStream((event) => this.#take(event, asked))
    response.setEncoding('utf8')
    response.on('data', (text: string) => {
      this.#timer?.refresh()
      try {
        read(text)
      } catch (error) {
        end((error as Error).message)
        return
      }
    })
    response.on('error', (error) => end(error.message))
    response.on('close', () => end('closed by the server'))
  }

  /** @throws Error when the event is not what was agreed: the connection is then given up. */
  #take(event: ServerSentEvent, asked: number | undefined): void {
    if (event.type === 'revocation') {
      const entry = readEntry(event.data)
      this.#listener.entries([entry])
      if (!this.#whole) return // there may be gaps below it
      this.#position = entry.feedId
      this.#freshAt = this.#clock.now()
    } else if (event.type === 'hello') {
      const head = readId(event.data, 'head')
      // The first time, or the server no longer had all we asked for, or the numbers have gone back: what we remember may lack an ending.
      if (asked !== undefined && head < asked) this.#listener.begunAnew(head)
      else if (asked === undefined || readId(event.data, 'missingUpTo', 0) > asked) this.#listener.missed(head)
      this.#position = readId(event.data, 'resumeFrom')
      this.#freshAt = this.#clock.now()
      this.#begin()
    } else if (event.type === 'heartbeat' && this.#whole) {
      this.#position = readId(event.data, 'head')
      this.#freshAt = this.#clock.now() - readId(event.data, 'ageMs', 0) // a node that is itself cut off from the others is heard, and knows nothing new
    }
  }

  #begin(): void {
    this.#whole = true
    this.#failures = 0
    this.#firstWhole.resolve()
    if (this.#told) this.#listener.log('the revocation feed is back')
    this.#told = false
  }

  #ended(why: string, refused: boolean): void {
    this.#whole = false
    clearTimeout(this.#timer)
    if (this.#closed) return
    if (++this.#failures > 1 && !this.#told) {
      this.#told = true
      this.#listener.log(`the revocation feed is away (${why}); nothing remembered is trusted until it is back`)
    }
    const longest = refused ? LONGEST_PAUSE_REFUSED_MS : LONGEST_PAUSE_MS
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(this.#failures - 1, 16), longest)
    this.#timer = setTimeout(() => this.open(), pause * (0.5 + Math.random() / 2)).unref()
  }

  #watch(silent: () => void): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(silent, SILENCE_MS).unref()
  }
}

const LIFELINE = /^[a-z_]+:.+$/

function readEntry(data: string): FeedEntry {
  const { feedId, lifeline, at, until } = JSON.parse(data) as Readonly<Record<string, unknown>>
  if (typeof lifeline !== 'string' || !LIFELINE.test(lifeline)) throw new Error('a revocation without lifeline')
  if (![feedId, at, until].every(Number.isSafeInteger)) throw new Error('a revocation without numbers')
  return { feedId: feedId as number, lifeline: lifeline as Lifeline, at: at as number, until: until as number }
}

function readId(data: string, name: 'head' | 'resumeFrom' | 'missingUpTo' | 'ageMs', otherwise?: number): number {
  const id = (JSON.parse(data) as Readonly<Record<string, unknown>>)[name] ?? otherwise
  if (!Number.isSafeInteger(id)) throw new Error(`an event without ${name}`)
  return id as number
}
