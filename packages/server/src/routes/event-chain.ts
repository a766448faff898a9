/** `GET /v1/events/chain`: whether the event log is as it was sealed. `POST /v1/events/chain/accepted-breaks`: an operator has looked, and accepts that some of it is not. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type AcceptedBreak, acceptBreaks, type Break, type BreakReason, breaks, type ChainPage, checkChain, headText } from '@latchwork/events'
import { redactCredentials } from '@latchwork/kernel'
import type { Typed } from '../http/app.ts'
import type { Site } from '../http/site.ts'
import { type Static, Type } from '../json-schema.ts'
import { makerOf } from './keys/maker.ts'
import { closed, guarded, Time } from './schemas.ts'

/** Of one answer. */
const BOUNDS = { events: 5_000, batches: 1_000, milliseconds: 500, rest: nextTurn }

/** Of one acceptance: it is one act. */
const ACCEPTED_AT_ONCE = { ...BOUNDS, batches: 200 }

const count = (description: string) => Type.Integer({ description })
const Reason = Type.Enum(Object.keys(breaks) as BreakReason[], { title: 'BreakReason' })
const AcceptedShape = Type.Object(
  {
    reason: Reason,
    meaning: Type.String(),
    batch: count('The first that does not hold and was accepted so.'),
    through: count('The last of them, one behind the other.'),
    acceptedAt: Time,
    acceptedBy: Type.String({ description: 'The root key of who did.' }),
    why: Type.String(),
  },
  { title: 'AcceptedBreak' },
)
const BrokenShape = Type.Object(
  {
    reason: Reason,
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
    state: Type.Enum(['whole', 'accepted', 'broken'], {
      description: 'Of what this page checked. accepted: what does not hold was accepted as it stands, and the rest holds.',
    }),
    checked: Type.Object({ batches: count('Of this page.'), events: count('Of this page.') }),
    needsFormerKey: Type.Boolean({ description: 'Whether some of this page still needs a key of formerSecretKeys.' }),
    accepted: Type.Optional(Type.Array(AcceptedShape)),
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

const AcceptRequest = Type.Object(
  {
    batch: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'As the check names it.' }),
    reason: Reason,
    through: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: Number.MAX_SAFE_INTEGER,
        description: 'Every batch up to this one that is broken for the same reason is accepted with it. Only batch, unless said.',
      }),
    ),
    why: Type.String({ minLength: 1, maxLength: 500, pattern: '\\S', description: 'What happened, for who reads the log later.' }),
  },
  { title: 'BreakToAccept', additionalProperties: false },
)
const AcceptAnswer = Type.Object(
  {
    breaks: count('How many were accepted now.'),
    batch: Type.Optional(count('Of the first of them.')),
    lastBatch: Type.Optional(count('Of the last of them.')),
    next: Type.Optional(count('There is more to look at up to through: ask again with this as batch.')),
  },
  { title: 'AcceptedBreaks' },
)

export function eventChainRoutes(app: Typed, site: Site): void {
  app.get(
    '/v1/events/chain',
    guarded('events:read', {
      tags: ['events'],
      summary: 'Whether the log is as it was sealed, a page at a time: go on with next until there is none, or something is broken',
      querystring: closed({
        after: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'What the page before gave as next.' })),
        head: Type.Optional(Type.String({ maxLength: 64, description: 'A head that was kept: is it still in the chain?' })),
      }),
      response: { 200: ChainShape },
    }),
    async (request) => {
      const { store, sealKeys } = site.installation
      return shapeOf(await checkChain(store.eventChain, sealKeys, request.query, BOUNDS))
    },
  )
  app.post(
    '/v1/events/chain/accepted-breaks',
    guarded('events:write', {
      tags: ['events'],
      summary: 'Accept a break of the log as it stands: the check names it from then on, with who did and why, and goes on behind it',
      body: AcceptRequest,
      response: { 200: AcceptAnswer },
    }),
    async (request) => {
      const { store, sealKeys } = site.installation
      const { kind, id, origin } = makerOf(site, request)
      const wish = { ...request.body, why: redactCredentials(request.body.why) }
      const by = { actor: { kind, id }, origin, now: site.clock.now() }
      const { count: accepted, first, last, next } = await acceptBreaks(store.eventChain, sealKeys, wish, by, ACCEPTED_AT_ONCE)
      return {
        breaks: accepted,
        ...(first === undefined ? {} : { batch: first }),
        ...(last === undefined ? {} : { lastBatch: last }),
        ...(next === undefined ? {} : { next }),
      }
    },
  )
}

/** Those that stand one behind the other and were accepted together are told together. */
function acceptedOf(accepted: readonly AcceptedBreak[]): Static<typeof AcceptedShape>[] {
  const told: Static<typeof AcceptedShape>[] = []
  for (const { number, first, reason, acceptedAt, acceptedBy, why } of accepted) {
    const before = told.at(-1)
    const isSame = before?.reason === reason && before.acceptedBy === acceptedBy && before.why === why && before.through + 1 === first
    if (isSame) before.through = number
    else told.push({ ...meant(reason as BreakReason), batch: first, through: number, acceptedAt: new Date(acceptedAt).toISOString(), acceptedBy, why })
  }
  return told
}

/** Nothing for a time that no calendar has: what is not proven may say anything. */
function timed(name: string, at: number | undefined): Readonly<Record<string, string>> {
  const time = new Date(at ?? Number.NaN)
  return Number.isNaN(time.getTime()) ? {} : { [name]: time.toISOString() }
}

function shapeOf({ checked, needsFormerKey, accepted, broken, next, floor, head, headIs, unsealed }: ChainPage): Static<typeof ChainShape> {
  return {
    state: broken !== undefined ? 'broken' : accepted.length > 0 ? 'accepted' : 'whole',
    checked,
    needsFormerKey,
    unsealed: { events: unsealed.count, ...timed('since', unsealed.since) },
    removed: { events: floor.removed, lastBatch: floor.number },
    ...(accepted.length === 0 ? {} : { accepted: acceptedOf(accepted) }),
    ...(broken === undefined ? {} : { broken: brokenOf(broken) }),
    ...(next === undefined ? {} : { next }),
    ...(head === undefined ? {} : { head: { value: headText(head), batch: head.number, ...timed('sealedAt', head.sealedAt) } }),
    ...(headIs === undefined ? {} : { headIs }),
  }
}

function meant(reason: BreakReason) {
  return { reason, meaning: breaks[reason] }
}

function brokenOf({ reason, number, seal, found }: Break): Static<typeof BrokenShape> {
  return {
    ...meant(reason),
    batch: number,
    ...(seal === undefined ? {} : { events: seal.count }),
    ...(found === undefined ? {} : { found }),
    ...timed('oldestAt', seal?.oldestAt),
    ...timed('newestAt', seal?.newestAt),
    ...timed('sealedAt', seal?.sealedAt),
  }
}
