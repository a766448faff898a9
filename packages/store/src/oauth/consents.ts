/** The consent in force: read at every authorization. */
import { goOn } from '@latchwork/kernel'
import type { Consent } from '@latchwork/oauth'
import type { Engine } from '../engine.ts'
import { remembered } from '../remembered.ts'
import { template } from '../template.ts'
import { type ConsentRow, consentColumns, consentOf } from './client-rows.ts'

export function consentReads(engine: Engine) {
  const { dialect, read } = engine
  const inForce = template<ConsentRow, { userId: string; clientId: string }>((parameter) =>
    dialect.db
      .selectFrom('consents')
      .select(consentColumns)
      .where('user_id', '=', parameter('userId'))
      .where('client_id', '=', parameter('clientId'))
      .where('ended_at', 'is', null)
      .compile(),
  )
  // A pair has one consent in force at most: while there is one, a new row can be no other.
  const findConsent = remembered<Consent>(
    engine,
    ['consents'],
    (pair) => {
      const at = pair.indexOf(' ') // our own ids of people have none
      return goOn(read(inForce({ userId: pair.slice(0, at), clientId: pair.slice(at + 1) })), ([row]) => row && consentOf(row))
    },
    'changes',
  )
  return { findConsent: async (userId: string, clientId: string) => findConsent(`${userId} ${clientId}`) }
}
