/** Consents: read at every authorization, ended by the person who gave them. */
import type { Journal } from '@latchwork/kernel'
import type { Consent } from '@latchwork/oauth'
import { type Act, rowOf } from '../act.ts'
import type { Dialect, Engine } from '../engine.ts'
import { writeJournal } from '../journal.ts'
import { endKeysOfConsent } from '../keys/connected-keys.ts'
import { template } from '../template.ts'
import { type ConsentRow, consentColumns, consentOf } from './client-rows.ts'

export function consentReads({ dialect, read }: Engine) {
  const inForce = template<ConsentRow, { userId: string; clientId: string }>((parameter) =>
    dialect.db
      .selectFrom('consents')
      .select(consentColumns)
      .where('user_id', '=', parameter('userId'))
      .where('client_id', '=', parameter('clientId'))
      .where('ended_at', 'is', null)
      .compile(),
  )
  return {
    async findConsent(userId: string, clientId: string): Promise<Consent | undefined> {
      const [row] = await read(inForce({ userId, clientId }))
      return row && consentOf(row)
    },
    async listConsents(userId: string): Promise<readonly (Consent & { readonly clientName: string })[]> {
      const query = dialect.db
        .selectFrom('consents')
        .innerJoin('clients', 'clients.id', 'consents.client_id')
        .select([...consentColumns, 'clients.name as clientName'])
        .where('consents.user_id', '=', userId)
        .where('consents.ended_at', 'is', null)
        .orderBy('consents.given_at', 'desc')
        .orderBy('consents.id', 'desc')
      return (await read(query.compile())).map((row) => ({ ...consentOf(row), clientName: row.clientName }))
    },
  }
}

export function* endConsent(dialect: Dialect, consentId: string, userId: string, now: number, journal: Journal): Act<boolean> {
  const ended = yield* rowOf(
    dialect.db
      .updateTable('consents')
      .set({ ended_at: now })
      .where('id', '=', consentId)
      .where('user_id', '=', userId)
      .where('ended_at', 'is', null)
      .returning('id')
      .compile(),
  )
  if (ended === undefined) return false
  yield* endKeysOfConsent(dialect, consentId, now)
  yield* writeJournal(dialect, journal)
  return true
}
