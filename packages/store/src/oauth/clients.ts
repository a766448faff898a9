/** Registering clients, declaring them, switching them off. */
import type { Journal } from '@latchwork/kernel'
import type { Client, ClientWithSecrets } from '@latchwork/oauth'
import { type Act, rowOf } from '../act.ts'
import type { Dialect, Engine } from '../engine.ts'
import { writeJournal } from '../journal.ts'
import { template } from '../template.ts'
import { type ClientRow, clientColumns, clientOf, clientSettings } from './client-rows.ts'

export function clientById({ dialect, read }: Engine) {
  const statement = template<ClientRow & { readonly secretDigest: string | null }, { clientId: string }>((parameter) =>
    dialect.db
      .selectFrom('clients')
      .leftJoin('client_secrets', 'client_secrets.client_id', 'clients.id')
      .select([...clientColumns, 'client_secrets.digest as secretDigest'])
      .where('clients.id', '=', parameter('clientId'))
      .compile(),
  )
  return async (clientId: string): Promise<ClientWithSecrets | undefined> => {
    const rows = await read(statement({ clientId }))
    const [row] = rows
    return row && { client: clientOf(row), secretDigests: rows.flatMap(({ secretDigest }) => secretDigest ?? []) }
  }
}

export function* createClient(dialect: Dialect, client: Client, secretDigest: string | undefined, journal: Journal): Act<void> {
  yield dialect.db.insertInto('clients').values(clientValues(client)).compile()
  if (secretDigest !== undefined) yield* insertSecrets(dialect, client.id, [secretDigest], client.createdAt)
  yield* writeJournal(dialect, journal)
}

/** A client that was disabled stays so: the declaration changes its settings, and does not bring ended tokens back to life. */
export function* declareClient(dialect: Dialect, client: Client, secretDigests: readonly string[], now: number, journal: Journal): Act<void> {
  const { db } = dialect
  yield db
    .insertInto('clients')
    .values(clientValues(client))
    .onConflict((conflict) => conflict.column('id').doUpdateSet(clientSettings(client)))
    .compile()
  if (client.disabledAt !== undefined) {
    yield db.updateTable('clients').set({ disabled_at: client.disabledAt }).where('id', '=', client.id).where('disabled_at', 'is', null).compile()
  }
  let superseded = db.deleteFrom('client_secrets').where('client_id', '=', client.id)
  if (secretDigests.length > 0) superseded = superseded.where('digest', 'not in', secretDigests)
  yield superseded.compile()
  yield* insertSecrets(dialect, client.id, secretDigests, now)
  yield* writeJournal(dialect, journal)
}

export function* disableClient(dialect: Dialect, clientId: string, now: number, journal: Journal): Act<boolean> {
  const disabled = yield* rowOf(
    dialect.db.updateTable('clients').set({ disabled_at: now }).where('id', '=', clientId).where('disabled_at', 'is', null).returning('id').compile(),
  )
  if (disabled === undefined) return false
  yield* writeJournal(dialect, journal)
  return true
}

function clientValues(client: Client) {
  return { id: client.id, created_at: client.createdAt, disabled_at: client.disabledAt ?? null, ...clientSettings(client) }
}

function* insertSecrets({ db }: Dialect, clientId: string, digests: readonly string[], now: number): Act<void> {
  if (digests.length === 0) return
  yield db
    .insertInto('client_secrets')
    .values(digests.map((digest) => ({ client_id: clientId, digest, created_at: now })))
    .onConflict((conflict) => conflict.columns(['client_id', 'digest']).doNothing())
    .compile()
}
