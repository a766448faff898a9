/** The issuer's side of the SDK's protocol, on a real socket: key set, look-up, revocation stream. What it answers, and whether, is set by the test. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { type CredentialRecord, FEED_BEGINNING, type FeedEntry, type Lifeline, mintKey, mintToken, positionOf, positionText } from '@latchwork/kernel'
import { keyRecord } from './core.ts'

export interface ReportedUse {
  readonly keyId: string
  readonly counts: Readonly<Record<string, number>>
  readonly lastAddress?: string
  readonly lastUserAgent?: string
}

export interface RemoteIssuer {
  readonly url: string
  readonly rootKey: string
  readonly records: Map<string, CredentialRecord>
  readonly jwks: { keys: readonly object[] }
  /** How often each path was asked for. */
  readonly asked: (path: string) => number
  /** The positions that streams were asked for from; `undefined` for none. */
  readonly openedAt: readonly (string | undefined)[]
  /** Paths that are away: connections to them are cut. */
  readonly away: Set<string>
  /** Instead of the real answer: status and body for a path. */
  readonly instead: Map<string, (response: ServerResponse) => void>
  /** What was reported of the use of keys. */
  readonly reported: ReportedUse[]
  /** Taken from its end: an older state of the issuer took its place. Taken from its beginning: the issuer has thrown entries away. */
  readonly feed: FeedEntry[]
  readonly addKey: (id: string) => string
  readonly end: (lifeline: Lifeline, until?: number) => FeedEntry
  readonly cutStreams: () => void
}

export async function startRemoteIssuer(t: TestContext): Promise<RemoteIssuer> {
  const feed: FeedEntry[] = []
  const streams = new Set<ServerResponse>()
  const sockets = new Set<Socket>()
  const asked = new Map<string, number>()
  const rootKey = mintToken('root_key').reveal()
  const openedAt: (string | undefined)[] = []
  const head = () => feed.at(-1)?.feedId ?? 0
  const position = (entry = feed.at(-1)) => positionText(entry === undefined ? FEED_BEGINNING : positionOf(entry))
  const write = (stream: ServerResponse, entry: FeedEntry) =>
    stream.write(`id: ${position(entry)}\nevent: revocation\ndata: ${JSON.stringify({ ...entry, mark: positionOf(entry).mark })}\n\n`)

  const routes: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse) => void | Promise<void>>> = {
    '/jwks': (_, response) => json(response, issuer.jwks),
    '/v1/verify': async (request, response) => {
      let asOf = position() // before the read
      const { credential, heardUpTo } = JSON.parse(await textOf(request)) as { credential: string; heardUpTo?: string }
      const record = issuer.records.get(credential)
      if (feed.some((entry) => position(entry) === heardUpTo)) asOf = heardUpTo ?? asOf
      json(response, record === undefined ? { known: false } : { known: true, asOf, record })
    },
    '/v1/keys/use': async (request, response) => {
      const { uses } = JSON.parse(await textOf(request)) as { uses: readonly ReportedUse[] }
      issuer.reported.push(...uses)
      json(response, { counted: uses.length, repeated: false })
    },
    '/v1/revocations': (request, response) => {
      const from = feed.findIndex((entry) => position(entry) === request.headers['last-event-id'])
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      for (const entry of feed.slice(from + 1)) write(response, entry)
      response.write(helloEvent(position(), from >= 0))
      streams.add(response)
      response.on('close', () => streams.delete(response))
    },
  }

  const server = createServer((request, response) => {
    const path = request.url ?? ''
    asked.set(path, (asked.get(path) ?? 0) + 1)
    if (path === '/v1/revocations') openedAt.push(request.headers['last-event-id'] as string | undefined)
    if (issuer.away.has(path)) return void request.socket.destroy()
    const instead = issuer.instead.get(path)
    if (instead !== undefined) return instead(response)
    if (path.startsWith('/v1/') && request.headers.authorization !== `Bearer ${rootKey}`) return void response.writeHead(401).end()
    return void routes[path]?.(request, response)
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const heartbeat = setInterval(() => {
    for (const stream of streams) stream.write(heartbeatEvent(0))
  }, 1000)
  t.after(async () => {
    clearInterval(heartbeat)
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })

  const issuer: RemoteIssuer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    rootKey,
    records: new Map(),
    jwks: { keys: [] },
    asked: (path) => asked.get(path) ?? 0,
    openedAt,
    away: new Set(),
    instead: new Map(),
    reported: [],
    feed,
    addKey: (id) => {
      const text = mintKey('sk', 'live', 'lw').reveal()
      issuer.records.set(text, keyRecord(text, id))
      return text
    },
    end: (lifeline, until = Date.now()) => {
      const entry = { feedId: head() + 1, lifeline, at: Date.now(), until }
      for (const [text, record] of issuer.records) if (record.livesBy.includes(lifeline)) issuer.records.set(text, { ...record, alive: false })
      feed.push(entry)
      for (const stream of streams) write(stream, entry)
      return entry
    },
    cutStreams: () => {
      for (const stream of streams) stream.destroy()
    },
  }
  return issuer
}

export function helloEvent(position: string, resumed: boolean): string {
  return `event: hello\ndata: ${JSON.stringify({ position, resumed })}\n\n`
}

export function heartbeatEvent(ageMs: number): string {
  return `event: heartbeat\ndata: {"ageMs":${ageMs}}\n\n`
}

function json(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

/** Waits for a condition, not for a time. */
export async function until(condition: () => boolean | Promise<boolean>, what: string, withinMs = 10_000): Promise<void> {
  const deadline = Date.now() + withinMs
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`did not come within ${withinMs} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}
