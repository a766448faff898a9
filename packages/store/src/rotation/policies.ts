/** Setting and removing policies; taking keys of accounts under them. */
import type { FreedPlace, PolicyOwner, RemovedRotation, RotationPolicy } from '@latchwork/api-keys'
import { type Journal, newId } from '@latchwork/kernel'
import { sql } from 'kysely'
import { type Act, rowOf, rowsOf, undo } from '../act.ts'
import type { Dialect } from '../engine.ts'
import { writeJournal } from '../journal.ts'
import { isActive } from '../keys/conditions.ts'
import { endAt } from '../keys/end-keys.ts'
import { creditColumns } from '../keys/key-rows.ts'
import { lockAccounts, makePrimary, settleRing } from '../keys/places.ts'
import { policyOf, policyValues } from './rows.ts'

/** One rotation a line: that of a key replaces the account's for it. The place in the target is held by an index. */
export function* setPolicy(
  dialect: Dialect,
  policy: RotationPolicy,
  journalOf: (freed: FreedPlace | undefined) => Journal,
): Act<RotationPolicy | 'path_taken'> {
  const { db } = dialect
  yield* lockAccounts(dialect, [policy.accountId])
  const before = yield* ownPolicy(dialect, policy)
  const { id: _id, ...values } = policyValues(policy)
  const id = before ?? policy.id
  const freed = yield* freePlace(dialect, policy, id)
  if (freed === 'taken') undo('path_taken')
  if (before === undefined) {
    const written = yield* rowOf(
      db
        .insertInto('rotation_policies')
        .values({ ...values, id })
        .onConflict((conflict) => conflict.columns(['target', 'path']).doNothing())
        .returning('id')
        .compile(),
    )
    if (written === undefined) undo('path_taken')
  } else yield db.updateTable('rotation_policies').set(values).where('id', '=', id).compile()
  // Whatever was worked out under the terms before is worked out anew.
  yield db.updateTable('key_rotations').set({ next_at: policy.createdAt, due_at: null }).where('policy_id', '=', id).where('successor_id', 'is', null).compile()
  if (policy.keyId !== undefined) yield* bindKey(dialect, id, policy.keyId, policy.createdAt)
  yield* writeJournal(dialect, journalOf(freed))
  return { ...policy, id }
}

/** A policy set for a key that has ended holds no place: the desk may not have come to it yet. @param id of the policy that wants the place. */
function* freePlace(dialect: Dialect, { target, path, createdAt: now }: RotationPolicy, id: string): Act<FreedPlace | 'taken' | undefined> {
  const { db, name } = dialect
  const twins = db.selectFrom('rotation_policies').selectAll().where('target', '=', target).where('path', '=', path).where('id', '<>', id)
  const twin = yield* rowOf((name === 'postgres' ? twins.forUpdate() : twins).compile())
  if (twin === undefined) return undefined
  const rotation = yield* rowOf(db.selectFrom('key_rotations').select('key_id as keyId').where('policy_id', '=', twin.id).compile())
  if (twin.key_id === null || rotation === undefined || (yield* isLineAlive(dialect, rotation.keyId, now))) return 'taken'
  yield db.deleteFrom('key_rotations').where('policy_id', '=', twin.id).compile()
  yield db.deleteFrom('rotation_policies').where('id', '=', twin.id).compile()
  return { policy: policyOf(twin), keyId: rotation.keyId }
}

/** The key, or one that took its place. */
function* isLineAlive({ db }: Dialect, keyId: string, now: number): Act<boolean> {
  const keyAt = (id: string) => db.selectFrom('api_keys').select(['revoked_at', 'expires_at', 'replaced_by']).where('id', '=', id).compile()
  let key = yield* rowOf(keyAt(keyId))
  while (key !== undefined) {
    if (key.revoked_at === null && (key.expires_at === null || key.expires_at > now)) return true
    key = key.replaced_by === null ? undefined : yield* rowOf(keyAt(key.replaced_by))
  }
  return false
}

/** The policy that this one takes the place of: whoever drops it at this moment has done so, or waits. */
function* ownPolicy({ name, db }: Dialect, { accountId, environment, keyId }: RotationPolicy): Act<string | undefined> {
  const own =
    keyId === undefined
      ? db.selectFrom('rotation_policies').select('id').where('account_id', '=', accountId).where('environment', '=', environment).where('key_id', 'is', null)
      : db
          .selectFrom('rotation_policies')
          .select('id')
          .where('key_id', 'is not', null)
          .where('id', '=', db.selectFrom('key_rotations').select('policy_id').where('key_rotations.key_id', '=', keyId))
  return (yield* rowOf((name === 'postgres' ? own.forUpdate() : own).compile()))?.id
}

function* bindKey({ db }: Dialect, policyId: string, keyId: string, now: number): Act<void> {
  yield db
    .insertInto('key_rotations')
    .values({ id: newId('rotation', now), policy_id: policyId, key_id: keyId, line: keyId, created_at: now, next_at: now })
    .onConflict((conflict) => conflict.column('key_id').doUpdateSet({ policy_id: policyId, next_at: now, due_at: null }))
    .compile()
}

export function* removePolicy(
  dialect: Dialect,
  owner: PolicyOwner,
  now: number,
  journalOf: (removed: RemovedRotation) => Journal,
): Act<RemovedRotation | undefined> {
  const { db } = dialect
  const owned =
    'keyId' in owner
      ? db
          .selectFrom('rotation_policies')
          .selectAll()
          .where('key_id', 'is not', null)
          .where('id', '=', db.selectFrom('key_rotations').select('policy_id').where('key_rotations.key_id', '=', owner.keyId))
      : db
          .selectFrom('rotation_policies')
          .selectAll()
          .where('account_id', '=', owner.accountId)
          .where('environment', '=', owner.environment)
          .where('key_id', 'is', null)
  const seen = yield* rowOf(owned.compile())
  if (seen === undefined) return undefined
  yield* lockAccounts(dialect, [seen.account_id])
  // Whoever takes a key under the policy has done so, or waits and finds it gone.
  const row = yield* rowOf((dialect.name === 'postgres' ? owned.forUpdate() : owned).compile())
  if (row === undefined) return undefined
  const policy = policyOf(row)
  const gone = yield* rowsOf(
    db
      .deleteFrom('key_rotations')
      .where('policy_id', '=', policy.id)
      .returning(['key_id as keyId', 'successor_id as successorId', 'sending', 'may_have_arrived as mayHaveArrived'])
      .compile(),
  )
  const removedPolicy = yield* rowOf(db.deleteFrom('rotation_policies').where('id', '=', policy.id).returning('id').compile())
  if (removedPolicy === undefined) return undefined
  const ended: { id: string; fingerprint: string }[] = []
  const restored: string[] = []
  for (const { keyId, successorId, sending, mayHaveArrived } of gone) {
    if (successorId === null || sending === 1 || mayHaveArrived === 1) continue // somebody may have it: both stay good, as after a roll by hand
    const fingerprint = yield* takeBack(dialect, policy, keyId, successorId, now)
    if (fingerprint === undefined) continue
    ended.push({ id: successorId, fingerprint })
    restored.push(keyId)
  }
  const removed = { policy, ended, restored }
  yield* writeJournal(dialect, journalOf(removed))
  return removed
}

/** The successor reached nobody: it ends, and the former key is current again. */
function* takeBack(dialect: Dialect, ring: RotationPolicy, keyId: string, successorId: string, now: number): Act<string | undefined> {
  const { db } = dialect
  const unused = yield* rowOf(
    db
      .selectFrom('api_keys')
      .select(['fingerprint', 'kind'])
      .where('id', '=', successorId)
      .where('starts_overlap_of', '=', keyId)
      .where(isActive(now))
      .compile(),
  )
  if (unused === undefined) return undefined
  yield db.updateTable('api_keys').set({ starts_overlap_of: null }).where('id', '=', successorId).compile()
  yield* endAt(dialect, successorId, now, now)
  const old = yield* rowOf(
    db
      .updateTable('api_keys')
      .set({ replaced_by: null, overlap_ms: null, ...Object.fromEntries(creditColumns.map((column) => [column, ofKey(successorId, column)])) })
      .where('id', '=', keyId)
      .where('replaced_by', '=', successorId)
      .where(isActive(now))
      .returning('id')
      .compile(),
  )
  // The purse goes back with it: what is under way and waits for the successor's row finds the way.
  if (old !== undefined) yield db.updateTable('api_keys').set({ replaced_by: keyId }).where('id', '=', successorId).compile()
  if (unused.kind === 'sk' && old !== undefined) yield* makePrimary(dialect, ring, keyId)
  else if (unused.kind === 'sk') yield* settleRing(dialect, ring, now)
  return unused.fingerprint
}

const ofKey = (keyId: string, column: (typeof creditColumns)[number]) =>
  sql<number | null>`(select successor.${sql.ref(column)} from api_keys as successor where successor.id = ${keyId})`

/** Secret and restricted keys of accounts with a policy that no rotation has yet. A successor belongs to the line of the key before it. */
export function* adoptKeys({ name, db }: Dialect, now: number, limit: number): Act<number> {
  const adoptable = db
    .selectFrom('rotation_policies as p')
    .innerJoin('api_keys', (join) => join.onRef('api_keys.account_id', '=', 'p.account_id').onRef('api_keys.environment', '=', 'p.environment'))
    .select(['p.id as policyId', 'api_keys.id as keyId'])
    .where('p.key_id', 'is', null)
    .where('api_keys.kind', 'in', ['sk', 'rk'])
    .where('api_keys.consent_id', 'is', null)
    .where('api_keys.replaced_by', 'is', null)
    .where(isActive(now))
    .where(sql<boolean>`not exists (select 1 from key_rotations k where k.key_id = api_keys.id or k.successor_id = api_keys.id)`)
    .where(sql<boolean>`not exists (select 1 from key_rotations k join api_keys before on before.id = k.key_id where before.replaced_by = api_keys.id)`)
    .limit(limit)
  const rows = yield* rowsOf((name === 'postgres' ? adoptable.forKeyShare('p') : adoptable).compile())
  for (const { policyId, keyId } of rows) {
    yield db
      .insertInto('key_rotations')
      .values({ id: newId('rotation', now), policy_id: policyId, key_id: keyId, line: keyId, created_at: now, next_at: now })
      .onConflict((conflict) => conflict.column('key_id').doNothing())
      .compile()
  }
  return rows.length
}
