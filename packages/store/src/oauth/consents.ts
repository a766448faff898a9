/** The consent in force: read at every authorization. */
import type { Consent } from '@latchwork/oauth'
import type { Engine } from '../engine.ts'
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
  }
}
