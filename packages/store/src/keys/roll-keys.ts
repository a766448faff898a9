/** Rolling keys: the successor takes the free place and becomes primary, the old key gets its end or a clock that waits, all in one act (K6). */
import type { ApiKey, KeyRoll, NewApiKey, Once, Repeated, RolledKey, RollRefusal } from '@latchwork/api-keys'
import type { Journal } from '@latchwork/kernel'
import { type Act, rowOf, undo } from '../act.ts'
import { actOnce } from '../act-once.ts'
import type { Dialect } from '../engine.ts'
import { writeJournal } from '../journal.ts'
import { isActive } from './conditions.ts'

import { endAt } from './end-keys.ts'
import { insertKey, keyColumns, keyOf, readKey } from './key-rows.ts'
import { freeExpired, insertInPlace, lockAccounts, makePrimary, otherInPlace } from './places.ts'

type Rolled = readonly RolledKey[]

export function* rollKeys(
  dialect: Dialect,
  rolls: readonly KeyRoll[],
  now: number,
  journal: Journal,
  once?: Once,
): Act<Rolled | RollRefusal | Repeated<Rolled>> {
  return yield* actOnce<Rolled>(dialect, once, function* () {
    yield* lockAccounts(dialect, yield* accountsOf(dialect, rolls))
    const rolled: RolledKey[] = []
    for (const roll of rolls) rolled.push(yield* rollOne(dialect, roll, now))
    yield* writeJournal(dialect, journal)
    if (rolls.length === 1) return rolled
    const asTheyEnded: RolledKey[] = [] // of two secret keys of one account, the second roll takes the first successor's place as the primary
    for (const { key, replaced } of rolled) asTheyEnded.push(yield* readRolled(dialect, key.id, replaced.id))
    return asTheyEnded
  })
}

function refused(refusal: RollRefusal): never {
  return undo(refusal)
}

function* accountsOf({ db }: Dialect, rolls: readonly KeyRoll[]): Act<readonly string[]> {
  const ids = rolls.map(({ keyId }) => keyId)
  const rows = (yield db.selectFrom('api_keys').select('account_id').distinct().where('id', 'in', ids).compile()) as readonly { readonly account_id: string }[]
  return rows.map(({ account_id }) => account_id)
}

function* rollOne(dialect: Dialect, roll: KeyRoll, now: number): Act<RolledKey> {
  const old = yield* rollable(dialect, roll.keyId, now)
  if (roll.endKeyId !== undefined && roll.endKeyId !== old.id) yield* endOther(dialect, old, roll.endKeyId, now)
  const endsAt = roll.endKeyId === old.id ? now : roll.endsAt
  yield* replaceOld(dialect, old, roll, endsAt, now)
  const successor = successorOf(old, roll)
  yield* insertSuccessor(dialect, old, successor, now)
  if (endsAt === undefined) {
    yield dialect.db.updateTable('api_keys').set({ starts_overlap_of: old.id }).where('id', '=', successor.id).compile()
  }
  // Whoever rolled it by hand has the key: its rotation goes on from there. One that is being delivered stays until it is.
  yield dialect.db.updateTable('key_rotations').set({ key_id: successor.id }).where('key_id', '=', old.id).where('seed', 'is', null).compile()
  return yield* readRolled(dialect, successor.id, old.id)
}

function* readRolled(dialect: Dialect, successorId: string, oldId: string): Act<RolledKey> {
  const [key, replaced] = [yield* readKey(dialect, successorId), yield* readKey(dialect, oldId)]
  if (key === undefined || replaced === undefined) throw new Error(`key ${successorId} was written and is not there`)
  return { key, replaced }
}

/** An active key that has no living successor. */
function* rollable(dialect: Dialect, keyId: string, now: number): Act<ApiKey> {
  yield* lockKey(dialect, keyId)
  const old = (yield* readKey(dialect, keyId)) ?? refused({ refused: 'not_found', keyId })
  if (old.revokedAt !== undefined || (old.expiresAt !== undefined && old.expiresAt <= now)) return refused({ refused: 'ended', keyId })
  if (old.replacedBy === undefined) return old
  const by = old.replacedBy
  return (yield* isAlive(dialect, by, now)) ? refused({ refused: 'already_rolled', keyId, by }) : old
}

/** What the successor takes over must not change between being read and being written. */
function* lockKey({ name, db }: Dialect, keyId: string): Act<void> {
  if (name === 'postgres') yield db.selectFrom('api_keys').select('id').where('id', '=', keyId).forUpdate().compile()
}

function* isAlive({ db }: Dialect, keyId: string, now: number): Act<boolean> {
  return (yield* rowOf(db.selectFrom('api_keys').select('id').where('id', '=', keyId).where(isActive(now)).compile())) !== undefined
}

/** Ends the key that stands in the way: of secret keys the other one of the account and environment, of others the one before in the same line. */
function* endOther(dialect: Dialect, old: ApiKey, endKeyId: string, now: number): Act<void> {
  const other = yield* rowOf(
    dialect.db
      .selectFrom('api_keys')
      .select('id')
      .where('id', '=', endKeyId)
      .where('account_id', '=', old.accountId)
      .where('environment', '=', old.environment)
      .where('kind', '=', old.kind)
      .where((eb) => (old.kind === 'sk' ? eb.lit(true) : eb('replaced_by', '=', old.id)))
      .where(isActive(now))
      .compile(),
  )
  if (other === undefined) return refused({ refused: 'not_endable', keyId: endKeyId })
  yield* endAt(dialect, endKeyId, now, now)
}

/** The old key keeps its place until its end, and never outlives the end it had. */
function* replaceOld({ db }: Dialect, old: ApiKey, roll: KeyRoll, endsAt: number | undefined, now: number): Act<void> {
  const end = endsAt === undefined ? old.expiresAt : Math.min(endsAt, old.expiresAt ?? endsAt)
  const isOver = end !== undefined && end <= now
  yield db
    .updateTable('api_keys')
    .set({
      replaced_by: roll.successor.id,
      overlap_ms: endsAt === undefined ? roll.overlapMs : null,
      expires_at: end ?? null,
      // Its overlap can be extended, and never beyond the end that it had.
      ...(old.expiresAt === undefined ? {} : { lifetime_ms: old.expiresAt - old.createdAt }),
      is_primary: 0,
      ...(isOver ? { slot: null } : {}),
    })
    .where('id', '=', old.id)
    .compile()
}

/** What the key before it may do, as it stands now, so that nothing that was narrowed meanwhile comes back. */
function successorOf(old: ApiKey, { successor }: KeyRoll): NewApiKey {
  const {
    isPrimary: _,
    primaryFrom: _from,
    replacedBy: _by,
    overlapMs: _overlap,
    publicText: _text,
    expiresAt: _end,
    notBefore: _begin,
    lifetimeMs: _life,
    ...lasting
  } = old
  const { lastUsedAt: _at, lastUsedAddress: _address, lastUsedUserAgent: _agent, ...terms } = lasting
  const begin = old.notBefore !== undefined && old.notBefore > successor.createdAt ? { notBefore: old.notBefore } : {}
  return { ...terms, ...begin, imported: false, ...successor }
}

function* insertSuccessor(dialect: Dialect, old: ApiKey, successor: NewApiKey, now: number): Act<void> {
  if (old.kind !== 'sk') {
    const before = yield* predecessorOf(dialect, old, now)
    if (before !== undefined) return refused({ refused: 'slots_taken', keyId: old.id, endable: before })
    yield* insertKey(dialect, successor)
    return
  }
  yield* freeExpired(dialect, old, now)
  if (!(yield* insertInPlace(dialect, successor))) {
    return refused({ refused: 'slots_taken', keyId: old.id, endable: (yield* otherInPlace(dialect, old, old.id)) ?? old.id })
  }
  yield* makePrimary(dialect, old, successor.id)
}

/** Of a line of keys, two at most are alive, as of secret keys: one that is still in its overlap must end before the next roll. */
function* predecessorOf({ db }: Dialect, old: ApiKey, now: number): Act<string | undefined> {
  const before = yield* rowOf(
    db.selectFrom('api_keys').select('id').where('account_id', '=', old.accountId).where('replaced_by', '=', old.id).where(isActive(now)).limit(1).compile(),
  )
  return before?.id
}

export function overlapStarters({ db }: Dialect, keyIds: readonly string[]) {
  return db.selectFrom('api_keys').select('id').where('id', 'in', keyIds).where('starts_overlap_of', 'is not', null).compile()
}

/** The successor is used for the first time: the old key's clock starts. */
export function* startOverlap(dialect: Dialect, successorId: string, now: number, journalOf: (replaced: ApiKey) => Journal): Act<boolean> {
  const { db } = dialect
  const seen = yield* rowOf(db.selectFrom('api_keys').select(['account_id', 'starts_overlap_of']).where('id', '=', successorId).compile())
  if (!seen?.starts_overlap_of) return false
  yield* lockAccounts(dialect, [seen.account_id])
  const waiting = yield* rowOf(
    db
      .selectFrom('api_keys')
      .select(keyColumns)
      .where('id', '=', seen.starts_overlap_of)
      .where('replaced_by', '=', successorId)
      .where('overlap_ms', 'is not', null)
      .where(isActive(now))
      .compile(),
  )
  yield db.updateTable('api_keys').set({ starts_overlap_of: null }).where('id', '=', successorId).compile()
  if (waiting === undefined) return false
  const old = keyOf(waiting)
  const end = now + (old.overlapMs ?? 0)
  yield* endAt(dialect, old.id, Math.min(end, old.expiresAt ?? end), now)
  const replaced = (yield* readKey(dialect, old.id)) ?? old
  yield* writeJournal(dialect, journalOf(replaced))
  return true
}
