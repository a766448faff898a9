/** What changes the ring of signing keys. One current and one next key per algorithm are held by an index: of nodes that act at once, one writes. */
import type { Journal } from '@latchwork/kernel'
import type { Promotion, SigningKeyRecord, SigningKeyRevocation } from '@latchwork/signing'
import { sql } from 'kysely'
import { type Act, rowOf, undo } from './act.ts'
import { jsonOf } from './columns.ts'
import type { Dialect } from './engine.ts'
import { writeEvents, writeJournal } from './journal.ts'

const ERASED = ''

export function* addSigningKey(dialect: Dialect, key: SigningKeyRecord, journal: Journal): Act<boolean> {
  if (!(yield* insert(dialect, key))) return false
  yield* writeJournal(dialect, journal)
  return true
}

function* insert({ db }: Dialect, key: SigningKeyRecord): Act<boolean> {
  const added = yield* rowOf(
    db
      .insertInto('signing_keys')
      .values({
        kid: key.kid,
        algorithm: key.algorithm,
        public_jwk: jsonOf(key.publicJwk),
        sealed_private_key: key.privateHalf ?? ERASED,
        created_at: key.createdAt,
        state: key.state,
        activates_at: key.activatesAt,
      })
      .onConflict((conflict) =>
        conflict
          .columns(['algorithm', 'state'])
          .where('state', 'in', [sql.lit('current' as const), sql.lit('next' as const)])
          .doNothing(),
      )
      .returning('kid')
      .compile(),
  )
  return added !== undefined
}

export function* promoteSigningKey(dialect: Dialect, { kid, formerKid, retiredAt, publishedUntil }: Promotion, journal: Journal): Act<boolean> {
  const { db } = dialect
  const retired = yield* rowOf(
    db
      .updateTable('signing_keys')
      .set({ state: 'retired', retired_at: retiredAt, published_until: publishedUntil, sealed_private_key: ERASED })
      .where('kid', '=', formerKid)
      .where('state', '=', 'current')
      .returning('kid')
      .compile(),
  )
  if (retired === undefined) return false
  const promoted = yield* rowOf(
    db.updateTable('signing_keys').set({ state: 'current' }).where('kid', '=', kid).where('state', '=', 'next').returning('kid').compile(),
  )
  if (promoted === undefined) return undo(false)
  yield* writeJournal(dialect, journal)
  return true
}

export function* moveSigningKey({ db }: Dialect, kid: string, activatesAt: number): Act<boolean> {
  const moved = yield* rowOf(
    db.updateTable('signing_keys').set({ activates_at: activatesAt }).where('kid', '=', kid).where('state', '=', 'next').returning('kid').compile(),
  )
  return moved !== undefined
}

export function* withdrawSigningKey(dialect: Dialect, kid: string, now: number, journal: Journal): Act<boolean> {
  const withdrawn = yield* rowOf(
    dialect.db
      .updateTable('signing_keys')
      .set({ state: 'withdrawn', withdrawn_at: now })
      .where('kid', '=', kid)
      .where('state', '=', 'retired')
      .returning('kid')
      .compile(),
  )
  if (withdrawn === undefined) return false
  yield* writeJournal(dialect, journal)
  return true
}

export function* revokeSigningKey(
  dialect: Dialect,
  { kid, now, replacement }: SigningKeyRevocation,
  journal: Journal,
): Act<'revoked' | 'not_found' | 'nothing_in_its_place'> {
  const { db, name } = dialect
  const look = db.selectFrom('signing_keys').select(['algorithm', 'state']).where('kid', '=', kid).where('state', '<>', 'revoked')
  const key = yield* rowOf((name === 'postgres' ? look.forUpdate() : look).compile())
  if (key === undefined) return 'not_found'
  yield db.updateTable('signing_keys').set({ state: 'revoked', withdrawn_at: now, sealed_private_key: ERASED }).where('kid', '=', kid).compile()
  if (key.state === 'current') {
    const next = yield* rowOf(
      db
        .updateTable('signing_keys')
        .set({ state: 'current', activates_at: now })
        .where('algorithm', '=', key.algorithm)
        .where('state', '=', 'next')
        .returning('kid')
        .compile(),
    )
    if (next === undefined) {
      if (replacement === undefined || !(yield* insert(dialect, replacement.key))) return undo('nothing_in_its_place')
      yield* writeEvents(dialect, replacement.events)
    }
  }
  yield* writeJournal(dialect, journal)
  return 'revoked'
}

export function* replacePrivateHalf({ db }: Dialect, kid: string, former: string, privateHalf: string): Act<boolean> {
  const replaced = yield* rowOf(
    db
      .updateTable('signing_keys')
      .set({ sealed_private_key: privateHalf })
      .where('kid', '=', kid)
      .where('sealed_private_key', '=', former)
      .returning('kid')
      .compile(),
  )
  return replaced !== undefined
}
