/** Keys of other systems, known by their digests alone (K16). */
import type { ApiKey, ImportRefusal, NewApiKey, Once, Repeated } from '@latchwork/api-keys'
import type { Journal } from '@latchwork/kernel'
import { type Act, rowOf, undo } from '../act.ts'
import type { Dialect } from '../engine.ts'
import { writeJournal } from '../journal.ts'
import { actOnce } from './act-once.ts'
import { readKey } from './create-key.ts'
import { keyValues } from './key-rows.ts'
import { choosePrimary, freeExpired, insertInPlace, lockAccounts } from './places.ts'

type Imported = readonly ApiKey[]

export function* importKeys(
  dialect: Dialect,
  keys: readonly NewApiKey[],
  now: number,
  journal: Journal,
  once?: Once,
): Act<Imported | ImportRefusal | Repeated<Imported>> {
  return yield* actOnce<Imported>(dialect, once, function* () {
    const accountIds = keys.map(({ accountId }) => accountId)
    yield* lockAccounts(dialect, accountIds)
    const imported: ApiKey[] = []
    for (const [index, key] of keys.entries()) imported.push(yield* importOne(dialect, key, index, now))
    yield* writeJournal(dialect, journal)
    return imported
  })
}

function refused(refusal: ImportRefusal): never {
  return undo(refusal)
}

function* importOne(dialect: Dialect, key: NewApiKey, index: number, now: number): Act<ApiKey> {
  const known = yield* rowOf(dialect.db.selectFrom('api_keys').select('id').where('digest', '=', key.digest).compile())
  if (known !== undefined) return refused({ refused: 'digest_known', index })
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
    if (written === undefined) return refused({ refused: 'digest_known', index }) // another import wrote it meanwhile
  }
  const imported = yield* readKey(dialect, key.id)
  if (imported === undefined) throw new Error(`key ${key.id} was written and is not there`)
  return imported
}
