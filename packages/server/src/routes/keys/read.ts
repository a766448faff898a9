/** API keys, listed and read. Never their texts, publishable keys excepted (K4). */
import type { KeyFilter } from '@latchwork/api-keys'
import { refuse } from '@latchwork/kernel'
import type { Typed } from '../../http/app.ts'
import type { Site } from '../../http/site.ts'
import { Type } from '../../json-schema.ts'
import { DAY_MS } from '../../key-settings.ts'
import { Id, ListQuery, listFilterOf, stateOf } from '../list-query.ts'
import { closed, Environment, guarded, pageOf } from '../schemas.ts'
import { ApiKeyShape, KeyKind, KeyParams, shapeOfKey } from './shapes.ts'

const tags = ['keys']
const Days = (description: string) => Type.Optional(Type.Integer({ minimum: 0, maximum: 3650, description }))
const states = ['active', 'disabled', 'expired', 'revoked'] as const
const KeyQuery = closed({
  ...ListQuery,
  accountId: Type.Optional(Id),
  environment: Type.Optional(Environment),
  kind: Type.Optional(KeyKind),
  userId: Type.Optional(Id),
  externalId: Type.Optional(Type.String({ maxLength: 100, description: 'Given to this customer or user of yours.' })),
  madeBy: Type.Optional(Type.String({ maxLength: 64, description: 'Made by this person, or standing for them.' })),
  consentId: Type.Optional(Type.String({ maxLength: 64, description: 'Born from this consent.' })),
  fingerprint: Type.Optional(Type.String({ maxLength: 64, description: 'First 8 and last 4 characters, as in a log: sk_live_…wxyz.' })),
  state: stateOf(states, 'active: neither revoked nor expired. disabled: those of them that are stopped for a while. expired: by themselves, and not revoked.'),
  unusedSinceDays: Days('Active keys that were neither used nor made for so many days.'),
  withoutNetworks: Type.Optional(Type.Literal('true', { description: 'Active keys that work from anywhere.' })),
  expiringWithinDays: Days('Active keys that expire within so many days.'),
})

export function readRoutes(app: Typed, site: Site): void {
  const { store } = site.installation
  app.get(
    '/v1/keys',
    guarded('keys:read', { tags, summary: 'API keys, newest first', querystring: KeyQuery, response: { 200: pageOf(ApiKeyShape) } }),
    async (request) => {
      const { state, unusedSinceDays, expiringWithinDays, withoutNetworks, ...asked } = request.query
      const now = site.clock.now()
      const isOfActive = unusedSinceDays !== undefined || expiringWithinDays !== undefined || withoutNetworks !== undefined
      const { items, ...rest } = await store.apiKeys.listKeys({
        ...listFilterOf(asked),
        ...(state === undefined ? {} : inState(state, now)),
        ...(isOfActive ? { activeAt: now } : {}),
        ...(unusedSinceDays === undefined ? {} : { unusedSince: now - unusedSinceDays * DAY_MS }),
        ...(withoutNetworks === undefined ? {} : { withoutNetworks: true }),
        ...(expiringWithinDays === undefined ? {} : { expiresBefore: now + expiringWithinDays * DAY_MS }),
      })
      return { items: items.map((key) => shapeOfKey(key, site.clock.now())), ...rest }
    },
  )
  app.get('/v1/keys/:id', guarded('keys:read', { tags, summary: 'One API key', params: KeyParams, response: { 200: ApiKeyShape } }), async (request) => {
    return shapeOfKey((await store.apiKeys.findKey(request.params.id)) ?? refuse('not_found'), site.clock.now())
  })
}

function inState(state: (typeof states)[number], now: number): Partial<KeyFilter> {
  switch (state) {
    case 'active':
      return { activeAt: now }
    case 'disabled':
      return { activeAt: now, isDisabled: true }
    case 'expired':
      return { expiredAt: now }
    case 'revoked':
      return { isRevoked: true }
  }
}
