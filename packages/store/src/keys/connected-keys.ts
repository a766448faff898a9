/** Keys of connected accounts, as consents and grants change beneath them (K17). Each act here is a part of another's. */
import type { Revocation } from '@latchwork/kernel'
import type { CodeRedemption } from '@latchwork/oauth'
import { type Act, rowsOf } from '../act.ts'
import { jsonOf, present, wordsOf } from '../columns.ts'
import type { Dialect } from '../engine.ts'
import { type ChangedKeyRow, changedKeyColumns, type KeyChange, revokedFor } from './changed-keys.ts'
import { isActive } from './conditions.ts'
import { endAt } from './end-keys.ts'
import { creditValues, keyColumns, keyOf, keyValues } from './key-rows.ts'
import { lockAccounts } from './places.ts'

type ConnectedKey = NonNullable<CodeRedemption['connectedKey']>

/** What became of keys: what is told of each, and which of them caches must read anew. */
export interface ChangedKeys {
  readonly changes: readonly KeyChange[]
  readonly revocations: readonly Revocation[]
}

const nothing: ChangedKeys = { changes: [], revocations: [] }

/** Whoever rolls one of the keys has its successor written before, or comes after. Always after the consent's or the grant's row. */
function* lockKeysOf(dialect: Dialect, column: 'consent_id' | 'grant_id', id: string): Act<void> {
  if (dialect.name !== 'postgres') return
  const accounts = yield* rowsOf(dialect.db.selectFrom('api_keys').select('account_id').distinct().where(column, '=', id).compile())
  yield* lockAccounts(
    dialect,
    accounts.map(({ account_id }) => account_id),
  )
}

/** Of a consent's keys two at most are alive: the new one, and for a while the one before it, whose place it takes with all that was set on it. */
export function* insertConnectedKey(dialect: Dialect, key: ConnectedKey): Act<ChangedKeys> {
  const { formerUntil, clientId, ...own } = key
  const { createdAt: now } = own
  yield* lockAccounts(dialect, [key.accountId])
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
  if (former === undefined) return nothing
  yield dialect.db.updateTable('api_keys').set({ replaced_by: key.id }).where('id', '=', former.id).compile()
  yield* endAt(dialect, former.id, Math.min(formerUntil, former.expiresAt ?? formerUntil), now)
  for (const { id } of older) yield* endAt(dialect, id, now, now)
  const [formerRow, ...olderRows]: readonly ChangedKeyRow[] = rows
  return {
    changes: [
      ...(formerRow === undefined ? [] : [{ key: formerRow, type: 'key.rolled', data: { successor: key.id } } as const]),
      ...olderRows.map((older) => ({ key: older, type: 'key.ended', reason: 'rolled' }) as const),
    ],
    revocations: [former, ...older].map(({ id }) => readAnew(id, now)),
  }
}

/** The rows say what the join says already, so that lists and counts are true. */
export function* endKeysOfConsent(dialect: Dialect, consentId: string, now: number): Act<readonly KeyChange[]> {
  yield* lockKeysOf(dialect, 'consent_id', consentId)
  const reason = 'consent_ended'
  const ended = dialect.db
    .updateTable('api_keys')
    .set({ revoked_at: now, revoked_reason: reason })
    .where('consent_id', '=', consentId)
    .where('revoked_at', 'is', null)
  return revokedFor(reason, yield* rowsOf(ended.returning(changedKeyColumns).compile()))
}

/** What the code of this grant bought. Caches hear of it by the grant. */
export function* endKeysOfGrant(dialect: Dialect, grantId: string, reason: string, now: number): Act<readonly KeyChange[]> {
  yield* lockKeysOf(dialect, 'grant_id', grantId)
  const ended = yield* rowsOf(
    dialect.db
      .updateTable('api_keys')
      .set({ revoked_at: now, revoked_reason: reason })
      .where('grant_id', '=', grantId)
      .where('revoked_at', 'is', null)
      .returning(changedKeyColumns)
      .compile(),
  )
  return revokedFor(reason, ended)
}

/** The person left out what they had allowed before: the consent's keys lose it too, or end where they left out the key itself. */
export function* narrowKeysOfConsent(dialect: Dialect, consentId: string, withdrawn: readonly string[], keyScope: string, now: number): Act<ChangedKeys> {
  if (withdrawn.length === 0) return nothing
  const { db } = dialect
  yield* lockKeysOf(dialect, 'consent_id', consentId)
  const rows = yield* rowsOf(
    db
      .selectFrom('api_keys')
      .select([...changedKeyColumns, 'scopes', 'grant_id'])
      .where('consent_id', '=', consentId)
      .where(isActive(now))
      .compile(),
  )
  const changes: KeyChange[] = []
  for (const key of rows) {
    const { id, scopes, grant_id } = key
    const left = wordsOf(scopes).filter((scope) => !withdrawn.includes(scope))
    const isOver = grant_id !== null && withdrawn.includes(keyScope)
    if (!isOver && left.length === wordsOf(scopes).length) continue
    const reason = 'consent_narrowed'
    const values = isOver ? { revoked_at: now, revoked_reason: reason } : { scopes: jsonOf(left) }
    yield db.updateTable('api_keys').set(values).where('id', '=', id).compile()
    changes.push(isOver ? { key, type: 'key.revoked', reason } : { key, type: 'key.changed', reason, data: { changed: 'scopes' } })
  }
  return { changes, revocations: changes.map(({ key }) => readAnew(key.id, now)) }
}

function readAnew(keyId: string, at: number): Revocation {
  return { lifeline: `key:${keyId}`, at, until: at }
}
