/**
 * `GET /v1/revocations`: the revocation feed as server-sent events, resumable (design, decision 4). Entries first, then `hello`: from there on the listener knows everything up
 * to `head`, and a heartbeat each second says so again.
 */
import { type FeedEntry, type Lifeline, refuse } from '@latchwork/kernel'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { callerOf } from '../http/guard.ts'
import type { Site } from '../http/site.ts'
import { guarded } from './schemas.ts'

const BATCH = 500
const HEARTBEAT_MS = 1000
const STALE_MS = 3000
/** A listener that takes nothing for so many bytes is cut off; it resumes where it was. */
const MAX_BUFFERED_BYTES = 1024 * 1024

export function revocationRoutes(app: FastifyInstance, site: Site): void {
  const options = guarded('revocations:read', { tags: ['verification'], summary: 'The revocation feed (server-sent events)' })
  // No HEAD: its answer would have no body that could end.
  app.get('/v1/revocations', { ...options, exposeHeadRoute: false }, (request, reply) =>
    stream(site, reply, positionOf(request), `root_key:${callerOf(request).subject}`),
  )
}

/** Where to go on from: `Last-Event-ID` or `?after=`; 0 from the start of what is kept. @throws Refusal `request_malformed`. */
function positionOf(request: FastifyRequest): number {
  const text = request.headers['last-event-id'] ?? (request.query as Record<string, unknown>)['after'] ?? '0'
  if (typeof text !== 'string' || !/^\d{1,15}$/.test(text))
    return refuse('request_malformed', { detail: 'Last-Event-ID is the id of the last event you have seen.' })
  return Number(text)
}

/** @param livesBy what the stream lives by: the root key that opened it. */
async function stream(site: Site, reply: FastifyReply, after: number, livesBy: Lifeline): Promise<FastifyReply> {
  const { feed } = site.installation.store
  let position = after
  const waiting: FeedEntry[] = []
  let isLive = false
  const send = (text: string): void => {
    if (raw.writableLength > MAX_BUFFERED_BYTES) raw.destroy()
    else raw.write(text)
  }
  const tell = (entries: readonly FeedEntry[]): void => {
    for (const entry of entries) {
      if (entry.feedId <= position) continue
      position = entry.feedId
      send(`id: ${entry.feedId}\nevent: revocation\ndata: ${JSON.stringify(entry)}\n\n`)
      if (isLive && entry.lifeline === livesBy) raw.destroy()
    }
  }
  const stop = feed.subscribe((entries) => (isLive ? tell(entries) : waiting.push(...entries)))
  const head = await feed.head().catch((error: unknown) => {
    stop()
    throw error
  })
  if (after > head) position = 0 // the numbers have gone back, as after a restore: everything kept is told again
  reply.hijack()
  const { raw } = reply
  raw.writeHead(200, { ...site.headers, 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' })
  // A node that has lost its own channel says nothing, so that whoever listens stops trusting too.
  const isWhole = (now: number): boolean => isLive && now - feed.freshAt(now) < STALE_MS
  const heartbeat = setInterval(() => isWhole(site.clock.now()) && send(`event: heartbeat\ndata: {"head":${position}}\n\n`), HEARTBEAT_MS)
  raw.once('close', () => {
    stop()
    clearInterval(heartbeat)
  })
  try {
    for (let page = await feed.read(position, BATCH); page.length > 0 && !raw.destroyed; page = await feed.read(position, BATCH)) tell(page)
    tell(waiting)
    isLive = true
    position = Math.max(position, head)
    send(`event: hello\ndata: ${JSON.stringify({ head: position, resumeFrom: position })}\n\n`)
  } catch {
    raw.destroy() // the store is away: whoever listens must not take this for a whole feed
  }
  return reply
}
