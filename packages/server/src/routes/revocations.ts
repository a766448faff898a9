/**
 * `GET /v1/revocations`: the revocation feed as server-sent events, resumable (design, decision 4). Entries first, then `hello`: from there on the listener knows everything up
 * to `head`, and a heartbeat each second says so again, as of `ageMs` ago, when this node last heard of the others. Entries are kept until no token they end is in time, and a day longer; who resumes from before that is told in `hello`
 * that those up to `missingUpTo` will not come, and trusts nothing it remembers.
 */
import { type Lifeline, refuse } from '@latchwork/kernel'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { feedStream } from '../http/feed-stream.ts'
import { callerOf } from '../http/guard.ts'
import type { Site } from '../http/site.ts'
import { Type } from '../json-schema.ts'
import { guarded } from './schemas.ts'

const HEARTBEAT_MS = 1000
const STALE_MS = 3000

export function revocationRoutes(app: FastifyInstance, site: Site): void {
  const options = guarded('revocations:read', {
    tags: ['verification'],
    summary: 'The revocation feed (server-sent events)',
    querystring: Type.Object({ after: Type.Optional(Type.String({ description: 'The id of the last event you have seen; 0 unless said.' })) }),
    headers: Type.Object({ 'last-event-id': Type.Optional(Type.String({ description: 'The same, as browsers send it; it goes before.' })) }),
    response: {
      200: {
        description: 'Events without end: entries, then `hello`, then one `heartbeat` a second.',
        content: { 'text/event-stream': { schema: Type.String() } },
      },
    },
  })
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
  const head = await feed.head()
  reply.hijack()
  const { raw } = reply
  raw.writeHead(200, { ...site.headers, 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' })
  // After the head the numbers have gone back, as after a restore: everything kept is told again.
  const told = feedStream(feed, raw, after > head ? 0 : after, ({ lifeline }) => lifeline === livesBy)
  // A node that has lost its own channel says nothing, so that whoever listens stops trusting too.
  const isWhole = (now: number): boolean => told.isLive() && now - feed.freshAt(now) < STALE_MS
  const beat = (now: number): void => {
    if (isWhole(now)) raw.write(`event: heartbeat\ndata: {"head":${told.position()},"ageMs":${Math.max(0, now - feed.freshAt(now))}}\n\n`)
  }
  const heartbeat = setInterval(() => beat(site.clock.now()), HEARTBEAT_MS)
  raw.once('close', () => clearInterval(heartbeat))
  await told.run((missingUpTo) => {
    const position = Math.max(told.position(), after > head ? 0 : head)
    raw.write(`event: hello\ndata: ${JSON.stringify({ head: position, resumeFrom: position, ...(missingUpTo === undefined ? {} : { missingUpTo }) })}\n\n`)
  })
  return reply
}
