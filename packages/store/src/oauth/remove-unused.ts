/** Registrations that nobody ever used, removed some at a time. */
import type { Journal } from '@latchwork/kernel'
import { type Act, rowsOf } from '../act.ts'
import type { Dialect } from '../engine.ts'
import { writeJournal } from '../journal.ts'

export function* removeUnusedRegistrations(
  dialect: Dialect,
  before: number,
  limit: number,
  journalOf: (ids: readonly string[]) => Journal,
): Act<readonly string[]> {
  const { db } = dialect
  // Locked first and looked at again: nobody can begin to use a client whose row is locked, and who has begun is seen by the second look.
  const locked = yield* rowsOf(lockOld(dialect, before, limit))
  if (locked.length === 0) return []
  const unused = unusedClients(dialect).where(
    'clients.id',
    'in',
    locked.map(({ id }) => id),
  )
  const ids = (yield* rowsOf(unused.compile())).map(({ id }) => id)
  if (ids.length === 0) return []
  yield db.deleteFrom('client_secrets').where('client_id', 'in', ids).compile()
  yield db.deleteFrom('clients').where('id', 'in', ids).compile()
  yield* writeJournal(dialect, journalOf(ids))
  return ids
}

function lockOld(dialect: Dialect, before: number, limit: number) {
  const old = unusedClients(dialect).where('clients.created_at', '<', before).orderBy('clients.created_at').limit(limit)
  return (dialect.name === 'postgres' ? old.forUpdate().skipLocked() : old).compile()
}

/** Registered by themselves, and hold nothing of anybody; nor does a device wait for them, whose row stands on theirs. */
function unusedClients({ db }: Dialect) {
  return db
    .selectFrom('clients')
    .select('clients.id as id')
    .where('clients.registration_digest', 'is not', null)
    .where('clients.used_at', 'is', null)
    .where(({ not, exists, selectFrom }) => not(exists(selectFrom('consents').select('consents.id').whereRef('consents.client_id', '=', 'clients.id'))))
    .where(({ not, exists, selectFrom }) => not(exists(selectFrom('grants').select('grants.id').whereRef('grants.client_id', '=', 'clients.id'))))
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('device_codes').select('device_codes.digest').whereRef('device_codes.client_id', '=', 'clients.id'))),
    )
}
