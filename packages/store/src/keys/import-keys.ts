/** Keys of other systems, known by their digests alone (K16). */
import type { ApiKey, ImportBounds, ImportRefusal, NewImport, Repeated } from '@latchwork/api-keys'
import type { Journal } from '@latchwork/kernel'
import { sql } from 'kysely'
import { type Act, rowOf, undo } from '../act.ts'
import { actOnce } from '../act-once.ts'
import type { Dialect } from '../engine.ts'
import { IMPORT_LOCK, LOCK_CLASS, writeJournal } from '../journal.ts'
import { countActive } from './create-key.ts'
import { keyValues, readKey } from './key-rows.ts'
import { peppersBeside } from './peppers.ts'
import { choosePrimary, freeExpired, insertInPlace, lockAccounts } from './places.ts'

type Imported = readonly ApiKey[]

export function* importKeys(
  dialect: Dialect,
  keys: readonly NewImport[],
  now: number,
  journal: Journal,
  { most, once, peppers }: ImportBounds = {},
): Act<Imported | ImportRefusal | Repeated<Imported>> {
  return yield* actOnce<Imported>(dialect, once, function* () {
    yield* lockImports(dialect)
    const accountIds = keys.map(({ accountId }) => accountId)
    yield* lockAccounts(dialect, accountIds)
    const isFull = bounded(dialect, most)
    const imported: ApiKey[] = []
    for (const [index, key] of keys.entries()) imported.push(yield* importOne(dialect, key, index, now, isFull))
    // After the look-ups: what another node has moved meanwhile under a pepper of its own was found by them, or is found here.
    const [pepper] = peppers === undefined ? [] : yield* peppersBeside(dialect, peppers, now)
    if (pepper !== undefined) return refused({ refused: 'pepper_unknown', pepper })
    yield* writeJournal(dialect, journal)
    return imported
  })
}

/** One import after the other: no constraint sees that two digests under different peppers are of one key. */
function* lockImports({ name, db }: Dialect): Act<void> {
  if (name === 'postgres') yield sql`select pg_advisory_xact_lock(${sql.lit(LOCK_CLASS)}, ${sql.lit(IMPORT_LOCK)})`.compile(db)
}

/** Whether there are so many of the key's account already. Each account is counted once: it is locked, and what comes is what is brought. */
function bounded(dialect: Dialect, most: number | undefined): (key: NewImport) => Act<boolean> {
  const counts = new Map<string, number>()
  return function* (key) {
    if (key.kind === 'sk' || most === undefined) return false // two places hold secret keys
    const count = counts.get(key.accountId) ?? (yield* countActive(dialect, key, most))
    counts.set(key.accountId, count + 1)
    return count >= most
  }
}

function refused(refusal: ImportRefusal): never {
  return undo(refusal)
}

function* importOne(dialect: Dialect, key: NewImport, index: number, now: number, isFull: (key: NewImport) => Act<boolean>): Act<ApiKey> {
  const digests = [key.digest, ...key.olderDigests]
  const known = yield* rowOf(dialect.db.selectFrom('api_keys').select('id').where('digest', 'in', digests).limit(1).compile())
  if (known !== undefined) return refused({ refused: 'digest_known', index })
  if (yield* isFull(key)) return refused({ refused: 'limit_reached', index })
  if (key.kind === 'sk') {
    yield* freeExpired(dialect, key, now)
    if (!(yield* insertInPlace(dialect, key))) return refused({ refused: 'slots_taken', index })
    yield* choosePrimary(dialect, key)
  } else {
    const written = yield* rowOf(
      dialect.db
        .insertInto('api_keys')
        .values(keyValues(key))
        .onConflict((conflict) => conflict.column('digest').doNothing())
        .returning('id')
        .compile(),
    )
    if (written === undefined) return refused({ refused: 'digest_known', index }) // it was moved under the newest pepper meanwhile
  }
  const imported = yield* readKey(dialect, key.id)
  if (imported === undefined) throw new Error(`key ${key.id} was written and is not there`)
  return imported
}
