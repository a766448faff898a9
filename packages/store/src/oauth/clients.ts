/** Registering clients, declaring them, switching them off. */
import { goOn, type Journal } from '@latchwork/kernel'
import type { Client, ClientCreation, ClientSecretRecord, ClientWithSecrets, CreationTerms } from '@latchwork/oauth'
import { sql } from 'kysely'
import { type Act, rowOf, undo } from '../act.ts'
import { actOnce } from '../act-once.ts'
import { present } from '../columns.ts'
import type { Dialect, Engine } from '../engine.ts'
import { writeJournal } from '../journal.ts'
import { remembered } from '../remembered.ts'
import { template } from '../template.ts'
import { type ClientRow, clientColumns, clientOf, clientSettings } from './client-rows.ts'

export function clientById(engine: Engine) {
  const { dialect, read } = engine
  const statement = template<ClientRow & SecretRow, { clientId: string }>((parameter) =>
    dialect.db
      .selectFrom('clients')
      .leftJoin('client_secrets', 'client_secrets.client_id', 'clients.id')
      .select([
        ...clientColumns,
        'client_secrets.digest as secretDigest',
        'client_secrets.created_at as secretCreatedAt',
        'client_secrets.expires_at as secretExpiresAt',
      ])
      .where('clients.id', '=', parameter('clientId'))
      .compile(),
  )
  const find = remembered<ClientWithSecrets>(engine, ['clients', 'client_secrets'], (clientId) =>
    goOn(read(statement({ clientId })), (rows) => {
      const [row] = rows
      return row && { client: clientOf(row), secrets: rows.flatMap(secretOf).sort((one, other) => other.createdAt - one.createdAt) }
    }),
  )
  return async (clientId: string): Promise<ClientWithSecrets | undefined> => find(clientId)
}

interface SecretRow {
  readonly secretDigest: string | null
  readonly secretCreatedAt: number | null
  readonly secretExpiresAt: number | null
}

function secretOf({ secretDigest: digest, secretCreatedAt: createdAt, secretExpiresAt: expiresAt }: SecretRow): readonly ClientSecretRecord[] {
  return digest === null || createdAt === null ? [] : [{ digest, createdAt, ...present({ expiresAt }) }]
}

export function* createClient(
  dialect: Dialect,
  client: Client,
  secretDigest: string | undefined,
  journal: Journal,
  { registrationDigest = null, initialTokenId, mostOfOwner, once }: Omit<CreationTerms, 'registrationDigest'> & { readonly registrationDigest?: string | null },
): Act<ClientCreation> {
  const made = yield* actOnce<string>(dialect, once, function* () {
    if (initialTokenId !== undefined && !(yield* useInitialToken(dialect, initialTokenId, client.createdAt))) return undo('token_used_up')
    if (client.ownerId !== undefined && mostOfOwner !== undefined && (yield* countOwned(dialect, client.ownerId)) >= mostOfOwner) return undo('limit_reached')
    yield dialect.db
      .insertInto('clients')
      .values({ ...clientValues(client), registration_digest: registrationDigest })
      .compile()
    if (secretDigest !== undefined) yield* insertSecrets(dialect, client.id, [secretDigest], client.createdAt)
    yield* writeJournal(dialect, journal)
    return client.id
  })
  return typeof made === 'string' && made !== 'other_request' ? 'created' : (made as ClientCreation)
}

/** One use less, if it is still good. */
function* useInitialToken({ db }: Dialect, id: string, now: number): Act<boolean> {
  const used = yield* rowOf(
    db
      .updateTable('initial_tokens')
      .set({ uses_left: sql<number | null>`uses_left - 1` })
      .where('id', '=', id)
      .where('revoked_at', 'is', null)
      .where('expires_at', '>', now)
      .where((has) => has.or([has('uses_left', 'is', null), has('uses_left', '>', 0)]))
      .returning('id')
      .compile(),
  )
  return used !== undefined
}

/** Who registers for the same person at the same moment waits: the person's row is locked. */
function* countOwned({ name, db }: Dialect, ownerId: string): Act<number> {
  if (name === 'postgres') yield db.selectFrom('users').select('id').where('id', '=', ownerId).forUpdate().compile()
  const living = db.selectFrom('clients').select(({ fn }) => fn.countAll<number>().as('count'))
  const row = yield* rowOf(living.where('owner_id', '=', ownerId).where('disabled_at', 'is', null).compile())
  return Number(row?.count ?? 0)
}

/** A client that was disabled stays so: the declaration changes its settings, and does not bring ended tokens back to life. */
export function* declareClient(
  dialect: Dialect,
  client: Client,
  secretDigests: readonly string[],
  now: number,
  journalOf: (before: Client | undefined) => Journal,
): Act<void> {
  const { name, db } = dialect
  const known = db.selectFrom('clients').select(clientColumns).where('id', '=', client.id)
  const before = yield* rowOf<ClientRow>((name === 'postgres' ? known.forUpdate() : known).compile())
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
  yield* writeJournal(dialect, journalOf(before && clientOf(before)))
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
  return { id: client.id, created_at: client.createdAt, disabled_at: client.disabledAt ?? null, owner_id: client.ownerId ?? null, ...clientSettings(client) }
}

export function* insertSecrets({ db }: Dialect, clientId: string, digests: readonly string[], now: number): Act<void> {
  if (digests.length === 0) return
  yield db
    .insertInto('client_secrets')
    .values(digests.map((digest) => ({ client_id: clientId, digest, created_at: now, expires_at: null })))
    .onConflict((conflict) => conflict.columns(['client_id', 'digest']).doUpdateSet({ expires_at: null }))
    .compile()
}
