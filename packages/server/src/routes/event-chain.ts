/** `GET /v1/events/chain`: whether the event log is as it was sealed. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Break, type BreakReason, breaks, type ChainPage, checkChain, headText } from '@latchwork/events'
import type { Typed } from '../http/app.ts'
import type { Site } from '../http/site.ts'
import { type Static, Type } from '../json-schema.ts'
import { closed, guarded, Time } from './schemas.ts'

/** Of one answer. */
const BOUNDS = { events: 5_000, batches: 1_000, milliseconds: 500, rest: nextTurn }

const count = (description: string) => Type.Integer({ description })
const BrokenShape = Type.Object(
  {
    reason: Type.Enum(Object.keys(breaks) as BreakReason[]),
    meaning: Type.String(),
    batch: count('The first batch that does not hold.'),
    events: Type.Optional(count('How many the seal says it has.')),
    found: Type.Optional(count('How many there are; one more than there should be, if there are too many.')),
    oldestAt: Type.Optional(Time),
    newestAt: Type.Optional(Time),
    sealedAt: Type.Optional(Time),
  },
  { title: 'BrokenSeal' },
)
const ChainShape = Type.Object(
  {
    state: Type.Enum(['whole', 'broken'], { description: 'Of what this page checked.' }),
    checked: Type.Object({ batches: count('Of this page.'), events: count('Of this page.') }),
    needsFormerKey: Type.Boolean({ description: 'Whether some of this page still needs a key of formerSecretKeys.' }),
    broken: Type.Optional(BrokenShape),
    next: Type.Optional(count('There is more to check: hand it in as after.')),
    head: Type.Optional(
      Type.Object({
        value: Type.String({ description: 'Of the newest seal: keep it elsewhere, and hand it in as head one day.' }),
        batch: Type.Integer(),
        sealedAt: Type.Optional(Time),
      }),
    ),
    headIs: Type.Optional(
      Type.Enum(['in_chain', 'removed', 'missing'], { description: 'The head that was asked about; removed: its events were, because their time was over.' }),
    ),
    unsealed: Type.Object({ events: count('Counted up to 10000.'), since: Type.Optional(Time) }),
    removed: Type.Object({ events: count('Since ever, because they were older than events.keepDays.'), lastBatch: count('0 where none was.') }),
  },
  { title: 'EventChain' },
)

export function eventChainRoute(app: Typed, site: Site): void {
  app.get(
    '/v1/events/chain',
    guarded('events:read', {
      tags: ['events'],
      summary: 'Whether the log is as it was sealed, a page at a time: go on with next until there is none, or something is broken',
      querystring: closed({
        after: Type.Optional(Type.Integer({ minimum: 0, description: 'What the page before gave as next.' })),
        head: Type.Optional(Type.String({ maxLength: 64, description: 'A head that was kept: is it still in the chain?' })),
      }),
      response: { 200: ChainShape },
    }),
    async (request) => {
      const { store, sealKeys } = site.installation
      return shapeOf(await checkChain(store.eventChain, sealKeys, request.query, BOUNDS))
    },
  )
}

/** Nothing for a time that no calendar has: what is not proven may say anything. */
function timed(name: string, at: number | undefined): Readonly<Record<string, string>> {
  const time = new Date(at ?? Number.NaN)
  return Number.isNaN(time.getTime()) ? {} : { [name]: time.toISOString() }
}

function shapeOf({ checked, needsFormerKey, broken, next, floor, head, headIs, unsealed }: ChainPage): Static<typeof ChainShape> {
  return {
    state: broken === undefined ? 'whole' : 'broken',
    checked,
    needsFormerKey,
    unsealed: { events: unsealed.count, ...timed('since', unsealed.since) },
    removed: { events: floor.removed, lastBatch: floor.number },
    ...(broken === undefined ? {} : { broken: brokenOf(broken) }),
    ...(next === undefined ? {} : { next }),
    ...(head === undefined ? {} : { head: { value: headText(head), batch: head.number, ...timed('sealedAt', head.sealedAt) } }),
    ...(headIs === undefined ? {} : { headIs }),
  }
}

function brokenOf({ reason, number, seal, found }: Break): Static<typeof BrokenShape> {
  return {
    reason,
    meaning: breaks[reason],
    batch: number,
    ...(seal === undefined ? {} : { events: seal.count }),
    ...(found === undefined ? {} : { found }),
    ...timed('oldestAt', seal?.oldestAt),
    ...timed('newestAt', seal?.newestAt),
    ...timed('sealedAt', seal?.sealedAt),
  }
}
