/**
 * `GET /v1/revocations`: the revocation feed as server-sent events, resumable (design, decision 4). Entries first, then `hello`: from there on the listener knows everything up
 * to its `position`, and a heartbeat each second says so again, as of `ageMs` ago, when this node last heard of the others. A position is the number of an entry and a mark of what
 * it says. Whoever resumes from one that the feed has not is not `resumed`, says `hello`: all that is kept was told, and nothing that the listener remembers is to be trusted. So it
 * is where the entry was removed (entries are kept until no token they end is in time, and a day longer), and where an older state of the database took the place of the one that had it (decision 46).
 */
import type { ServerResponse } from 'node:http'
import { type FeedPosition, type Lifeline, parsePosition, positionText, refuse } from '@latchwork/kernel'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { feedStream } from '../http/feed-stream.ts'
import { callerOf } from '../http/guard.ts'
import { checkOwnTurn } from '../http/own-turn.ts'
import type { Site } from '../http/site.ts'
import { Type } from '../json-schema.ts'
import { guarded } from './schemas.ts'

const HEARTBEAT_MS = 1000
const STALE_MS = 3000

export function revocationRoutes(app: FastifyInstance, site: Site): void {
  const options = guarded('revocations:read', {
    tags: ['verification'],
    summary: 'The revocation feed (server-sent events)',
    querystring: Type.Object({
      after: Type.Optional(
        Type.String({ description: 'The id of the last event you have seen, such as 57-0f3a9c5d7e1b2468; 0 unless said, from the beginning of what is kept.' }),
      ),
    }),
    headers: Type.Object({ 'last-event-id': Type.Optional(Type.String({ description: 'The same, as browsers send it; it goes before.' })) }),
    response: {
      200: {
        description:
          'Events without end: entries, then `hello`, then one `heartbeat` a second. Where `hello` says that it is not `resumed`, forget what you remember.',
        content: { 'text/event-stream': { schema: Type.String() } },
      },
    },
  })
  const streams = new Set<ServerResponse>()
  app.addHook('preClose', (done) => {
    for (const raw of streams) raw.destroy() // they have no end to wait for
    done()
  })
  // No HEAD: its answer would have no body that could end.
  app.get('/v1/revocations', { ...options, exposeHeadRoute: false }, (request, reply) =>
    stream(site, streams, reply, askedPosition(request), `root_key:${callerOf(request).subject}`),
  )
}

/** Where to go on from: `Last-Event-ID` or `?after=`; from the start of what is kept unless said. @throws Refusal `request_malformed`. */
function askedPosition(request: FastifyRequest): FeedPosition {
  const text = request.headers['last-event-id'] ?? (request.query as Record<string, unknown>)['after'] ?? '0'
  const position = typeof text === 'string' ? parsePosition(text) : undefined
  return position ?? refuse('request_malformed', { detail: 'Last-Event-ID is the id of the last event you have seen, such as 57-0f3a9c5d7e1b2468, or 0.' })
}

/** @param livesBy what the stream lives by: the root key that opened it. */
async function stream(site: Site, streams: Set<ServerResponse>, reply: FastifyReply, from: FeedPosition, livesBy: Lifeline): Promise<FastifyReply> {
  const { feed } = site.installation.store
  await feed.head() // a store that is away is told by a status
  checkOwnTurn(reply.raw)
  reply.hijack()
  const { raw } = reply
  raw.writeHead(200, { ...site.headers, 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' })
  const told = feedStream(feed, raw, from, ({ lifeline }) => lifeline === livesBy)
  // A node that has lost its own channel says nothing, so that whoever listens stops trusting too.
  const isWhole = (now: number): boolean => told.isLive() && now - feed.freshAt(now) < STALE_MS
  const beat = (now: number): void => {
    if (isWhole(now)) raw.write(`event: heartbeat\ndata: {"ageMs":${Math.max(0, now - feed.freshAt(now))}}\n\n`)
  }
  const heartbeat = setInterval(() => beat(site.clock.now()), HEARTBEAT_MS)
  streams.add(raw)
  raw.once('close', () => {
    clearInterval(heartbeat)
    streams.delete(raw)
  })
  await told.run((resumed) => {
    const position = positionText(told.position())
    raw.write(`id: ${position}\nevent: hello\ndata: ${JSON.stringify({ position, resumed })}\n\n`)
  })
  return reply
}
