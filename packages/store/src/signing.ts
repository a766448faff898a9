/** The port of `signing`. */
import type { Journal } from '@latchwork/kernel'
import type { SigningKeyRecord, SigningStore } from '@latchwork/signing'
import { sql } from 'kysely'
import { type Act, rowOf } from './act.ts'
import { jsonOf } from './columns.ts'
import type { Dialect, Engine } from './engine.ts'
import { writeJournal } from './journal.ts'

export function signingStore({ dialect, read, act }: Engine): SigningStore {
  const query = dialect.db
    .selectFrom('signing_keys')
    .select(['kid', 'algorithm', 'public_jwk', 'sealed_private_key as sealedPrivateKey', 'created_at as createdAt'])
    .orderBy('created_at')
    .orderBy('kid')
    .compile()
  return {
    async listSigningKeys() {
      const rows = await read(query)
      return rows.map(({ public_jwk, ...row }) => ({ ...row, publicJwk: JSON.parse(public_jwk) as SigningKeyRecord['publicJwk'] }))
    },
    addFirstSigningKey: (key, journal) => act(() => addFirstSigningKey(dialect, key, journal)),
  }
}

/** One current key per algorithm is held by an index: of two nodes that start at once, one writes. */
function* addFirstSigningKey(dialect: Dialect, key: SigningKeyRecord, journal: Journal): Act<boolean> {
  const added = yield* rowOf(
    dialect.db
      .insertInto('signing_keys')
      .values({
        kid: key.kid,
        algorithm: key.algorithm,
        public_jwk: jsonOf(key.publicJwk),
        sealed_private_key: key.sealedPrivateKey,
        created_at: key.createdAt,
        is_current: 1,
      })
      .onConflict((conflict) => conflict.column('algorithm').where('is_current', '=', sql.lit(1)).doNothing())
      .returning('kid')
      .compile(),
  )
  if (added === undefined) return false
  yield* writeJournal(dialect, journal)
  return true
}
