/** A client changed by whom it belongs to: only if it is still what was read, so that no change of another is lost. */
import type { Journal } from '@latchwork/kernel'
import type { Client, SecretChange } from '@latchwork/oauth'
import { type Act, rowOf } from '../act.ts'
import type { Dialect } from '../engine.ts'
import { writeJournal } from '../journal.ts'
import { clientSettings } from './client-rows.ts'
import { insertSecrets } from './clients.ts'

export function* updateClient(dialect: Dialect, before: Client, after: Client, now: number, journal: Journal, secret?: SecretChange): Act<Client | undefined> {
  const { db } = dialect
  let change = db.updateTable('clients').set(clientSettings(after)).where('id', '=', before.id).where('disabled_at', 'is', null)
  const known = clientSettings(before)
  for (const column of Object.keys(known) as (keyof typeof known)[]) {
    const value = known[column]
    change = value === null ? change.where(column, 'is', null) : change.where(column, '=', value)
  }
  if ((yield* rowOf(change.returning('id').compile())) === undefined) return undefined
  if (secret !== undefined) yield db.deleteFrom('client_secrets').where('client_id', '=', before.id).compile()
  if (secret !== undefined && secret !== 'drop') yield* insertSecrets(dialect, before.id, [secret.digest], now)
  yield* writeJournal(dialect, journal)
  return after
}
