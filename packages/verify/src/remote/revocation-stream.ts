/**
 * The revocation feed, heard over HTTP: `GET /v1/revocations`. The server sends the entries after our position (all there are, when we have none or it does not know it), then
 * `hello`: from then on we know all there is, as long as bytes keep coming. Reconnects for ever, and goes on where it was.
 */
import type { IncomingMessage } from 'node:http'
import { type Clock, type FeedEntry, type FeedPosition, type Lifeline, parsePosition, positionText } from '@latchwork/kernel'
import { HeardEntries } from '../heard-entries.ts'
import { readEventStream, type ServerSentEvent } from './event-stream.ts'
import type { IssuerConnection } from './issuer-connection.ts'

/** The server sends a heartbeat each second; a connection silent for longer is dead, whatever TCP thinks. */
const SILENCE_MS = 3000
const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 2000
const LONGEST_PAUSE_REFUSED_MS = 30_000

export interface StreamListener {
  readonly entries: (entries: readonly FeedEntry[]) => void
  /** What we heard before is not what the server goes on from: it has told all it has, which ends here. */
  readonly begunAnew: (head: number) => void
  readonly log: (line: string) => void
}

export class RevocationStream {
  readonly #connection: IssuerConnection
  readonly #clock: Clock
  readonly #listener: StreamListener
  readonly #firstWhole = Promise.withResolvers<void>()
  readonly #heard = new HeardEntries()
  #position: FeedPosition | undefined
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
    const position = this.#position
    let over = false
    const end = (why: string, refused = false) => {
      if (over) return
      over = true
      this.#hangUp()
      this.#ended(why, refused)
    }
    this.#watch(() => end('silent'))
    const headers: Record<string, string> = position === undefined ? {} : { 'last-event-id': positionText(position) }
    const failed = (error: Error) => end(error.message)
    this.#hangUp = this.#connection.open('/v1/revocations', headers, { opened: (response) => this.#listen(response, end), failed })
  }

  /** Epoch milliseconds up to which all that the nodes knew was heard; 0 before anything was. */
  get freshAt(): number {
    return this.#freshAt
  }

  get position(): FeedPosition | undefined {
    return this.#position
  }

  /** Whether this entry was heard here, lately, with what it says: not one that another feed has under its number, or that is still to come. */
  hasHeard(position: FeedPosition): boolean {
    return this.#heard.has(position)
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

  #listen(response: IncomingMessage, end: (why: string, refused?: boolean) => void): void {
    const { statusCode = 0 } = response
    const refused = statusCode >= 400 && statusCode < 500
    if (statusCode !== 200) {
      end(refused ? `answered ${statusCode}; the root key needs the scope revocations:read` : `answered ${statusCode}`, refused)
      return
    }
    const read = readEventStream((event) => this.#take(event))
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
  #take(event: ServerSentEvent): void {
    if (event.type === 'revocation') {
      const { entry, position } = readEntry(membersOf(event.data))
      this.#listener.entries([entry])
      if (!this.#whole) return // whether we are told to begin anew comes behind it
      this.#stand(position)
      this.#freshAt = this.#clock.now()
    } else if (event.type === 'hello') {
      const { position, resumed } = readHello(membersOf(event.data))
      if (!resumed) {
        this.#heard.clear()
        this.#listener.begunAnew(position.feedId)
      }
      this.#stand(position)
      this.#freshAt = this.#clock.now()
      this.#begin()
    } else if (event.type === 'heartbeat' && this.#whole) {
      this.#freshAt = this.#clock.now() - readAge(membersOf(event.data)) // a node that is itself cut off from the others is heard, and knows nothing new
    }
  }

  #stand(position: FeedPosition): void {
    this.#position = position
    this.#heard.note(position)
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

type Members = Readonly<Record<string, unknown>>

function membersOf(data: string): Members {
  return JSON.parse(data) as Members
}

function readEntry({ feedId, mark, lifeline, at, until }: Members): { readonly entry: FeedEntry; readonly position: FeedPosition } {
  if (typeof lifeline !== 'string' || !LIFELINE.test(lifeline)) throw new Error('a revocation without lifeline')
  if (![at, until].every(Number.isSafeInteger)) throw new Error('a revocation without times')
  const position = readPosition(`${feedId}-${mark}`)
  return { entry: { feedId: position.feedId, lifeline: lifeline as Lifeline, at: at as number, until: until as number }, position }
}

function readHello({ position, resumed }: Members): { readonly position: FeedPosition; readonly resumed: boolean } {
  if (typeof resumed !== 'boolean') throw new Error('a hello that does not say whether it goes on')
  return { position: readPosition(position), resumed }
}

function readAge({ ageMs }: Members): number {
  if (!Number.isSafeInteger(ageMs)) throw new Error('a heartbeat without age')
  return ageMs as number
}

function readPosition(text: unknown): FeedPosition {
  const position = typeof text === 'string' ? parsePosition(text) : undefined
  if (position === undefined) throw new Error('an event without position')
  return position
}
