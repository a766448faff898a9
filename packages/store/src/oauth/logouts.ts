/** Applications that are to hear of a login session's end: written in the act that ends it, handed out until they have heard. */
import { newId } from '@latchwork/kernel'
import type { Client, LogoutDelivery, LogoutStore, LogoutWish } from '@latchwork/oauth'
import { type Act, rowsOf } from '../act.ts'
import { wordsOf } from '../columns.ts'
import type { Dialect, Engine } from '../engine.ts'
import { writeJournal } from '../journal.ts'
import { takeDue } from '../put-off.ts'
import { type ClientRow, clientColumns, clientOf } from './client-rows.ts'

export function logoutStore({ dialect, read, act }: Engine): LogoutStore {
  const { db } = dialect
  return {
    listSignedInClients: async (sessionId) => clientsOf(await read(signedInClients(dialect, sessionId))),
    claimLogouts: (now, leaseUntil, limit, wish = {}) => act(() => claim(dialect, now, leaseUntil, limit, wish)),
    putOffLogout: (id, now, nextAt) =>
      act(function* () {
        yield db.updateTable('logout_deliveries').set({ next_at: nextAt, put_off_at: now }).where('id', '=', id).compile()
      }),
    endLogout: (id, journal) =>
      act(function* () {
        const ended = yield* rowsOf(db.deleteFrom('logout_deliveries').where('id', '=', id).returning('id').compile())
        if (ended.length > 0) yield* writeJournal(dialect, journal)
      }),
  }
}

/** For every application with a back-channel address that was signed in to from the session (Back-Channel Logout 1.0 §2.5). */
export function* queueLogouts(dialect: Dialect, sessionId: string, userId: string, now: number): Act<void> {
  const clients = clientsOf(yield* rowsOf(signedInClients(dialect, sessionId))).filter(({ settings }) => settings.backchannelLogoutUri !== undefined)
  if (clients.length === 0) return
  yield dialect.db
    .insertInto('logout_deliveries')
    .values(
      clients.map(({ id }) => ({
        id: newId('logout', now),
        client_id: id,
        user_id: userId,
        session_id: sessionId,
        created_at: now,
        next_at: now,
        put_off_at: now,
      })),
    )
    .compile()
}

function signedInClients({ db }: Dialect, sessionId: string) {
  return db
    .selectFrom('grants')
    .innerJoin('clients', 'clients.id', 'grants.client_id')
    .select([...clientColumns, 'grants.scopes as grantScopes'])
    .where('grants.begun_in', '=', sessionId)
    .where('clients.disabled_at', 'is', null)
    .orderBy('clients.seq')
    .compile()
}

/** Each once, if it got an ID token: without one it knows no session. */
function clientsOf(rows: readonly (ClientRow & { readonly grantScopes: string })[]): readonly Client[] {
  const signedIn = rows.filter(({ grantScopes }) => wordsOf(grantScopes).includes('openid'))
  return [...new Map(signedIn.map((row) => [row.id, row])).values()].map(clientOf)
}

function* claim(
  { name, db }: Dialect,
  now: number,
  leaseUntil: number,
  limit: number,
  { tried, exceptClients = [] }: LogoutWish,
): Act<readonly LogoutDelivery[]> {
  return yield* takeDue(now, function* (isDue) {
    let due = db.selectFrom('logout_deliveries').select('id').where(isDue).orderBy('next_at').orderBy('id').limit(limit)
    if (tried !== undefined) due = due.where('attempts', tried ? '>' : '=', 0)
    if (exceptClients.length > 0) due = due.where('client_id', 'not in', exceptClients)
    return yield* rowsOf(
      db
        .updateTable('logout_deliveries')
        .set((eb) => ({ next_at: leaseUntil, put_off_at: now, attempts: eb('attempts', '+', 1) }))
        .where('id', 'in', name === 'postgres' ? due.forUpdate().skipLocked() : due)
        .where(isDue)
        .returning(['id', 'client_id as clientId', 'user_id as userId', 'session_id as sessionId', 'attempts'])
        .compile(),
    )
  })
}
