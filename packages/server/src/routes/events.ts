/** `GET /v1/events`: the log of events, in pages, or whole as JSON Lines. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type EventQuery, eventOrders, everyEvent, listEvents } from '@latchwork/events'
import { type Lifeline, refuse, type StoredEvent } from '@latchwork/kernel'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Typed } from '../http/app.ts'
import { drained } from '../http/drained.ts'
import { callerOf } from '../http/guard.ts'
import { checkOwnTurn } from '../http/own-turn.ts'
import { prefers } from '../http/preference.ts'
import type { Site } from '../http/site.ts'
import { type Static, Type } from '../json-schema.ts'
import { closed, EventShape, guarded, PageQuery, pageOf, timeThat } from './schemas.ts'
import { timeOf } from './time-of.ts'

const JSON_LINES = 'application/x-ndjson'
/** Whoever takes nothing of an export for so long is cut off. */
const SLOWEST_MS = 30_000

const word = (description: string) => Type.Optional(Type.String({ description }))
const EventsQuery = closed({
  after: Type.Optional(
    Type.String({ maxLength: 200, description: 'What the page before gave as next. With order=written also now: what is written from now on.' }),
  ),
  limit: PageQuery.limit,
  order: Type.Optional(
    Type.Enum([...eventOrders], {
      description:
        'newest unless said otherwise: by the time of the event, as is oldest. written: as they were written down, oldest first and always with a next, so that whoever goes on from it misses none.',
    }),
  ),
  type: word('One or several, with commas between; a beginning such as "key." stands for all types that begin so.'),
  accountId: word('Of this account.'),
  userId: word('About this person.'),
  clientId: word('About this client.'),
  credentialId: word('About this key or token.'),
  sessionId: word('About this login session.'),
  grantId: word('About this grant.'),
  actorId: word('Done by this root key, person, client or key.'),
  address: word('Asked for from this address, as the event says it.'),
  reason: word('With exactly this reason, such as the code of a refusal.'),
  reference: word('Of a refused request, as its answer told it.'),
  since: Type.Optional(timeThat('At this time or later.')),
  until: Type.Optional(timeThat('Before this time.')),
  format: Type.Optional(
    Type.Enum(['json', 'jsonl'], {
      description: `jsonl: every event that is meant, one a line, and no pages; so does Accept: ${JSON_LINES}. An answer that breaks off ends without the last chunk of its transfer coding.`,
    }),
  ),
})

export function eventRoutes(app: Typed, site: Site): void {
  app.get(
    '/v1/events',
    guarded('events:read', {
      tags: ['events'],
      summary: 'What happened, newest first. Where several filters meet few events a page may hold fewer than limit, even none, and have a next: go on',
      querystring: EventsQuery,
      response: {
        200: {
          description: 'As asked.',
          content: { 'application/json': { schema: pageOf(EventShape) }, [JSON_LINES]: { schema: Type.String({ description: 'An event a line.' }) } },
        },
      },
    }),
    async (request, reply) => {
      const { format, ...asked } = request.query
      const query = queryOf(asked)
      const wantsLines = format === undefined ? prefers(request.headers.accept, JSON_LINES, 'application/json') : format === 'jsonl'
      if (wantsLines) return exportEvents(site, request, reply, query)
      const { items, ...rest } = await listEvents(site.installation.store.events, query)
      return { items: items.map(shapeOf), ...rest }
    },
  )
}

function queryOf({ since, until, ...query }: Omit<Static<typeof EventsQuery>, 'format'>): EventQuery {
  return {
    ...query,
    ...(since === undefined ? {} : { since: timeOf(since, 'since') }),
    ...(until === undefined ? {} : { until: timeOf(until, 'until') }),
  }
}

function shapeOf(event: StoredEvent) {
  return { ...event, at: new Date(event.at).toISOString() }
}

/** One page in memory at a time, as fast as they are taken. What can be refused is refused before the first line. */
async function exportEvents(site: Site, request: FastifyRequest, reply: FastifyReply, query: EventQuery): Promise<FastifyReply> {
  if (query.limit !== undefined)
    return refuse('request_malformed', { detail: 'limit is of pages: JSON Lines are all that is meant; bound them with since and until.' })
  if (query.order === 'written') return refuse('request_malformed', { detail: 'order=written has no end: ask for its pages, or for order=oldest.' })
  const { feed, events } = site.installation.store
  const pages = everyEvent(events, query)[Symbol.asyncIterator]()
  let page = await pages.next()
  checkOwnTurn(reply.raw)
  reply.hijack()
  const { raw } = reply
  raw.writeHead(200, { ...site.headers, 'content-type': JSON_LINES })
  if (request.method === 'HEAD') return reply.raw.end() && reply
  const livesBy: Lifeline = `root_key:${callerOf(request).subject}`
  const letGo = feed.subscribe((entries) => entries.some(({ lifeline }) => lifeline === livesBy) && raw.destroy())
  raw.once('close', letGo)
  try {
    for (; page.done !== true && !raw.destroyed; page = await pages.next()) {
      raw.write(page.value.map((event) => `${JSON.stringify(shapeOf(event))}\n`).join(''))
      if (raw.writableNeedDrain) await drained(raw, SLOWEST_MS)
      else await nextTurn() // others have their turn between pages, also where the store answers at once
    }
    raw.end()
  } catch (error) {
    request.log.warn({ err: error }, 'an export of events broke off')
    raw.destroy()
  }
  return reply
}
