/** Keys of connected accounts, as consents and grants change beneath them (K17). Each act here is a part of another's. */
import type { Revocation } from '@latchwork/kernel'
import type { CodeRedemption } from '@latchwork/oauth'
import { type Act, rowOf, rowsOf } from '../act.ts'
import { jsonOf, present, wordsOf } from '../columns.ts'
import type { Dialect } from '../engine.ts'
import { isActive } from './conditions.ts'
import { endAt } from './end-keys.ts'
import { creditValues, keyColumns, keyOf, keyValues } from './key-rows.ts'

type ConnectedKey = NonNullable<CodeRedemption['connectedKey']>

/** Caches must read these keys anew. */
type ReadAnew = readonly Revocation[]

/** False if the consent has ended. Whoever gets a key under a consent, or ends it, is alone with it. */
export function* lockConsent({ name, db }: Dialect, consentId: string): Act<boolean> {
  const consent = db.selectFrom('consents').select('id').where('id', '=', consentId).where('ended_at', 'is', null)
  return (yield* rowOf((name === 'postgres' ? consent.forNoKeyUpdate() : consent).compile())) !== undefined
}

/** Of a consent's keys two at most are alive: the new one, and for a while the one before it, whose place it takes with all that was set on it. */
export function* insertConnectedKey(dialect: Dialect, key: ConnectedKey): Act<ReadAnew> {
  const { formerUntil, clientId, ...own } = key
  const { createdAt: now } = own
  const rows = yield* rowsOf(
    dialect.db
      .selectFrom('api_keys')
      .select(keyColumns)
      .where('consent_id', '=', key.consentId)
      .where('grant_id', 'is not', null)
      .where(isActive(now))
      .orderBy('seq', 'desc')
      .compile(),
  )
  const [former, ...older] = rows.map(keyOf)
  const { networks = [], limits = [], credits, externalId = null, metadata = null, disabledAt = null } = former ?? {}
  const kept = present({ externalId, metadata, disabledAt }) // one that was stopped does not go on by being asked for again
  const fixed = { kind: 'rk', roles: [], imported: false, createdBy: clientId } as const
  yield dialect.db
    .insertInto('api_keys')
    .values({ ...keyValues({ ...own, ...fixed, ...kept, networks, limits }), ...creditValues(credits) })
    .compile()
  if (former === undefined) return []
  yield dialect.db.updateTable('api_keys').set({ replaced_by: key.id }).where('id', '=', former.id).compile()
  yield* endAt(dialect, former.id, Math.min(formerUntil, former.expiresAt ?? formerUntil), now)
  for (const { id } of older) yield* endAt(dialect, id, now, now)
  return [former, ...older].map(({ id }) => readAnew(id, now))
}

/** The rows say what the join says already, so that lists and counts are true. */
export function* endKeysOfConsent(dialect: Dialect, consentId: string, now: number): Act<void> {
  yield dialect.db
    .updateTable('api_keys')
    .set({ revoked_at: now, revoked_reason: 'consent_ended' })
    .where('consent_id', '=', consentId)
    .where('revoked_at', 'is', null)
    .compile()
}

/** What the code of this grant bought; true if there was a living one. Caches hear of it by the grant. */
export function* endKeysOfGrant(dialect: Dialect, grantId: string, reason: string, now: number): Act<boolean> {
  const ended = yield* rowsOf(
    dialect.db
      .updateTable('api_keys')
      .set({ revoked_at: now, revoked_reason: reason })
      .where('grant_id', '=', grantId)
      .where('revoked_at', 'is', null)
      .returning('id')
      .compile(),
  )
  return ended.length > 0
}

/** The person left out what they had allowed before: the consent's keys lose it too, or end where they left out the key itself. */
export function* narrowKeysOfConsent(dialect: Dialect, consentId: string, withdrawn: readonly string[], keyScope: string, now: number): Act<ReadAnew> {
  if (withdrawn.length === 0) return []
  const { db } = dialect
  const rows = yield* rowsOf(db.selectFrom('api_keys').select(['id', 'scopes', 'grant_id']).where('consent_id', '=', consentId).where(isActive(now)).compile())
  const changed: string[] = []
  for (const { id, scopes, grant_id } of rows) {
    const left = wordsOf(scopes).filter((scope) => !withdrawn.includes(scope))
    const isOver = grant_id !== null && withdrawn.includes(keyScope)
    if (!isOver && left.length === wordsOf(scopes).length) continue
    const values = isOver ? { revoked_at: now, revoked_reason: 'consent_narrowed' } : { scopes: jsonOf(left) }
    yield db.updateTable('api_keys').set(values).where('id', '=', id).compile()
    changed.push(id)
  }
  return changed.map((id) => readAnew(id, now))
}

function readAnew(keyId: string, at: number): Revocation {
  return { lifeline: `key:${keyId}`, at, until: at }
}
