/** Use of keys over HTTP: reports of verifiers elsewhere, and what is known of a key's use. */
import { boundedUserAgent, isUseOutcome, type KeyUse, networksOf, noteFirstUses, outcomeOfRefusal, useOutcomes, useRetention } from '@latchwork/api-keys'
import { isAddress, refuse } from '@latchwork/kernel'
import { networkOf } from '@latchwork/limits'
import type { FastifyInstance } from 'fastify'
import type { Typed } from '../http/app.ts'
import { callerOf } from '../http/guard.ts'
import type { Site } from '../http/site.ts'
import { type Static, Type } from '../json-schema.ts'
import { guarded, PageQuery, pageOf, Time, timeThat } from './schemas.ts'
import { timeOf } from './time-of.ts'

const tags = ['use of keys']
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const KeyId = Type.Object({ id: Type.String({ maxLength: 64 }) })
const Outcome = Type.String({ description: `One of: ${Object.keys(useOutcomes).join(', ')}.` })
const closed = { additionalProperties: false }

/** Reports of a verifier, once a second. Their body fits the server's limit: 64 KiB. */
const MAX_USES = 200
const MAX_ADDRESSES = 20

const Use = Type.Object(
  {
    keyId: Type.String({ minLength: 1, maxLength: 64 }),
    minute: timeThat('Any time within the minute that was counted.'),
    counts: Type.Record(Type.String({ maxLength: 40 }), Type.Integer({ minimum: 1, maximum: 100_000_000 }), {
      description: `How often each came of it: ${Object.keys(useOutcomes).join(', ')}; or the code of the refusal. What is neither is counted as refused.`,
    }),
    lastUsedAt: Type.Optional(timeThat('Of the last use that was accepted, as are the three below.')),
    lastAddress: Type.Optional(Type.String({ maxLength: 64 })),
    lastUserAgent: Type.Optional(Type.String({ maxLength: 1024 })),
    addresses: Type.Optional(Type.Array(Type.String({ maxLength: 64 }), { maxItems: MAX_ADDRESSES, description: 'Addresses of callers, each once.' })),
  },
  { title: 'KeyUse', ...closed },
)
const Report = Type.Object(
  {
    reporter: Type.String({ pattern: '^[A-Za-z0-9_-]{8,40}$', description: 'Made by chance when the verifier starts.' }),
    sequence: Type.Integer({
      minimum: 1,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'Rises with each report, and is the same when one is sent again: it is counted once.',
    }),
    uses: Type.Array(Use, { minItems: 1, maxItems: MAX_USES, description: 'Each key once.' }),
  },
  { title: 'KeyUseReport', ...closed },
)

export function keyUseRoutes(plain: FastifyInstance, site: Site): void {
  const app = plain as Typed
  const { store, keyUse, apiKeys } = site.installation
  app.post(
    '/v1/keys/use',
    guarded('credentials:verify', {
      tags,
      summary: 'Report what verifiers elsewhere counted; once a second, each report once',
      body: Report,
      response: { 200: Type.Object({ counted: Type.Integer({ description: 'Keys that were added up; the others are none.' }), repeated: Type.Boolean() }) },
    }),
    async (request) => {
      const now = site.clock.now()
      const { reporter, sequence, uses } = request.body
      if (new Set(uses.map(({ keyId }) => keyId)).size < uses.length) return refuse('request_malformed', { detail: 'Name each key once in a report.' })
      const report = { reporter: `${callerOf(request).credentialId}.${reporter}`, sequence, at: now, uses: uses.map((use) => useOf(use, now)) }
      // Before it is counted: a report that is sent again after a failure is counted once, and this is done.
      await noteFirstUses(
        apiKeys,
        report.uses.filter(({ counts }) => (counts.valid ?? 0) > 0).map(({ keyId }) => keyId),
        now,
      )
      const recorded = await store.keyUse.recordUse(report, keyUse.judge)
      if (recorded === 'repeated') return { counted: 0, repeated: true }
      if (recorded.alerts > 0) keyUse.wake()
      return { counted: recorded.counted, repeated: false }
    },
  )
  readRoutes(app, site)
}

function readRoutes(app: Typed, site: Site): void {
  const { store } = site.installation
  const findKey = async (id: string) => (await store.apiKeys.findKey(id)) ?? refuse('not_found')
  app.get(
    '/v1/keys/:id/use',
    guarded('keys:read', {
      tags,
      summary: 'How a key was used: hourly counts per outcome, oldest first',
      params: KeyId,
      querystring: Type.Object({ from: Type.Optional(timeThat('A day ago unless said otherwise.')), to: Type.Optional(Time) }, closed),
      response: {
        200: Type.Object(
          {
            keyId: Type.String(),
            lastUsedAt: Type.Optional(Time),
            lastUsedAddress: Type.Optional(Type.String()),
            lastUsedUserAgent: Type.Optional(Type.String()),
            items: Type.Array(Type.Object({ hour: Time, outcome: Outcome, count: Type.Integer() })),
          },
          { title: 'KeyUseHours' },
        ),
      },
    }),
    async (request) => {
      const now = site.clock.now()
      const to = request.query.to === undefined ? now : timeOf(request.query.to, 'to')
      const from = request.query.from === undefined ? to - DAY_MS : timeOf(request.query.from, 'from')
      if (from > to || to - from > useRetention.hoursMs) {
        return refuse('request_malformed', { detail: `from is before to, by at most ${useRetention.hoursMs / DAY_MS} days: so long the hours are kept.` })
      }
      const { id, lastUsedAt, lastUsedAddress, lastUsedUserAgent } = await findKey(request.params.id)
      const hours = await store.keyUse.listHours(id, from - (from % HOUR_MS), to)
      return {
        keyId: id,
        ...(lastUsedAt === undefined ? {} : { lastUsedAt: iso(lastUsedAt) }),
        ...(lastUsedAddress === undefined ? {} : { lastUsedAddress }),
        ...(lastUsedUserAgent === undefined ? {} : { lastUsedUserAgent }),
        items: hours.map(({ hour, outcome, count }) => ({ hour: iso(hour), outcome, count })),
      }
    },
  )
  app.get(
    '/v1/keys/:id/networks',
    guarded('keys:read', {
      tags,
      summary: 'Networks a key was used from, most recent first',
      params: KeyId,
      response: {
        200: Type.Object(
          {
            keyId: Type.String(),
            items: Type.Array(Type.Object({ network: Type.String(), firstSeenAt: Time, lastSeenAt: Time })),
            beyond: Type.Integer({ description: 'Uses from networks that found no place among the hundred that are kept apart.' }),
          },
          { title: 'KeyNetworks' },
        ),
      },
    }),
    async (request) => {
      const { id } = await findKey(request.params.id)
      const { networks, beyond } = await store.keyUse.listNetworks(id)
      const items = networks.map(({ network, firstSeenAt, lastSeenAt }) => ({ network, firstSeenAt: iso(firstSeenAt), lastSeenAt: iso(lastSeenAt) }))
      return { keyId: id, items, beyond }
    },
  )
  unusedRoute(app, site)
  deliveriesRoute(app, site)
}

function unusedRoute(app: Typed, site: Site): void {
  const { store, config } = site.installation
  app.get(
    '/v1/keys/unused',
    guarded('keys:read', {
      tags,
      summary: 'Active keys that were not used for so many days, nor made since; newest first',
      querystring: Type.Object(
        {
          ...PageQuery,
          days: Type.Optional(Type.Integer({ minimum: 1, maximum: 3650, description: 'As keys.unusedAfterDays says unless given.' })),
          accountId: Type.Optional(Type.String({ maxLength: 64 })),
        },
        closed,
      ),
      response: {
        200: pageOf(
          Type.Object(
            {
              id: Type.String(),
              accountId: Type.String(),
              kind: Type.String(),
              environment: Type.String(),
              name: Type.String(),
              fingerprint: Type.String(),
              createdAt: Time,
              lastUsedAt: Type.Optional(Time),
            },
            { title: 'UnusedKey' },
          ),
        ),
      },
    }),
    async (request) => {
      const now = site.clock.now()
      const { days = config.keys.unusedAfterDays, limit = 50, ...filter } = request.query
      const { items, ...rest } = await store.apiKeys.listKeys({ ...filter, limit, activeAt: now, unusedSince: now - days * DAY_MS })
      return {
        ...rest,
        items: items.map(({ id, accountId, kind, environment, name, fingerprint, createdAt, lastUsedAt }) => ({
          id,
          accountId,
          kind,
          environment,
          name,
          fingerprint,
          createdAt: iso(createdAt),
          ...(lastUsedAt === undefined ? {} : { lastUsedAt: iso(lastUsedAt) }),
        })),
      }
    },
  )
}

function deliveriesRoute(app: Typed, site: Site): void {
  const { alertOutbox } = site.installation.store
  app.get(
    '/v1/alerts/deliveries',
    guarded('events:read', {
      tags: ['events'],
      summary: 'What became of alerts on their way out, newest first',
      querystring: Type.Object(
        {
          ...PageQuery,
          state: Type.Optional(Type.Enum(['waiting', 'delivered', 'given_up'])),
          channel: Type.Optional(Type.Enum(['webhook', 'email', 'owner'])),
        },
        closed,
      ),
      response: {
        200: pageOf(
          Type.Object(
            {
              id: Type.String(),
              alertId: Type.String(),
              channel: Type.String(),
              state: Type.String({ description: 'waiting, delivered or given_up' }),
              attempts: Type.Integer(),
              createdAt: Time,
              nextAt: Type.Optional(Time),
              endedAt: Type.Optional(Time),
              lastOutcome: Type.Optional(Type.String()),
            },
            { title: 'AlertDelivery' },
          ),
        ),
      },
    }),
    async (request) => {
      const { items, ...rest } = await alertOutbox.listDeliveries({ ...request.query, limit: request.query.limit ?? 50 })
      return {
        ...rest,
        items: items.map(({ createdAt, nextAt, endedAt, ...item }) => ({
          ...item,
          createdAt: iso(createdAt),
          ...(nextAt === undefined ? {} : { nextAt: iso(nextAt) }),
          ...(endedAt === undefined ? {} : { endedAt: iso(endedAt) }),
        })),
      }
    },
  )
}

/** A report as the recorder would have made it. Another machine's clock is believed for the day that is past, and no further. */
function useOf(use: Static<typeof Use>, now: number): KeyUse {
  const believed = (text: string, name: string): number => Math.max(now - DAY_MS, Math.min(now, timeOf(text, name)))
  const at = believed(use.minute, 'minute')
  const { lastAddress } = use
  if (lastAddress !== undefined && !isAddress(lastAddress)) return refuse('request_malformed', { detail: 'lastAddress is an IPv4 or IPv6 address.' })
  if (use.addresses?.some((address) => !isAddress(address)) === true) return refuse('request_malformed', { detail: 'addresses are IPv4 or IPv6 addresses.' })
  const counts: Partial<Record<keyof typeof useOutcomes, number>> = {}
  for (const [name, count] of Object.entries(use.counts)) {
    const outcome = isUseOutcome(name) ? name : outcomeOfRefusal({ code: name })
    counts[outcome] = (counts[outcome] ?? 0) + count
  }
  const lastUsedAt = counts.valid === undefined ? undefined : use.lastUsedAt === undefined ? at : believed(use.lastUsedAt, 'lastUsedAt')
  const addresses = [...new Set([...(use.addresses ?? []), ...(lastAddress === undefined ? [] : [lastAddress])])]
  return {
    keyId: use.keyId,
    minute: at - (at % MINUTE_MS),
    counts,
    ...(lastUsedAt === undefined
      ? {}
      : {
          lastUsedAt,
          ...(lastAddress === undefined ? {} : { lastAddress }),
          ...(use.lastUserAgent === undefined ? {} : { lastUserAgent: boundedUserAgent(use.lastUserAgent) }),
        }),
    networks:
      lastUsedAt === undefined
        ? []
        : networksOf(
            addresses.map((address) => ({ address, firstAt: lastUsedAt, lastAt: lastUsedAt })),
            networkOf,
          ),
    beyondNetworks: 0,
  }
}

function iso(time: number): string {
  return new Date(time).toISOString()
}
