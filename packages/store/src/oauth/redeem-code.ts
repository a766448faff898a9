/** Trading a code for tokens: used up, and what it buys, in one act (O4, R1; RFC 6749 §4.1.2). */
import type { NewAccessToken } from '@latchwork/authority'
import type { Journal } from '@latchwork/kernel'
import { CONNECTED_KEY_SCOPE, type CodeRedemption } from '@latchwork/oauth'
import { sql } from 'kysely'
import { type Act, rowOf } from '../act.ts'
import { clientIsAlive, grantIsAlive } from '../alive.ts'
import { insertAccessToken, insertRefreshToken } from '../authority/tokens.ts'
import type { Dialect } from '../engine.ts'
import { writeJournal } from '../journal.ts'
import { withKeyChanges } from '../keys/changed-keys.ts'
import { insertConnectedKey } from '../keys/connected-keys.ts'
import { lockConsent } from '../keys/lock-consent.ts'
import { onceForEach, template } from '../template.ts'

const consumption = onceForEach((dialect) =>
  template<{ readonly grant_id: string }, { digest: string; now: number }>((parameter) =>
    dialect.db
      .updateTable('codes')
      .set({ consumed_at: parameter('now') })
      .where('digest', '=', parameter('digest'))
      .where('consumed_at', 'is', null)
      .where(grantIsAlive(dialect, 'codes.grant_id'))
      .returning('grant_id')
      .compile(),
  ),
)

export function* redeemCode(dialect: Dialect, redemption: CodeRedemption, journal: Journal): Act<boolean> {
  const { connectedKey } = redemption
  if (connectedKey !== undefined && !(yield* lockConsent(dialect, connectedKey.consentId, [...connectedKey.scopes, CONNECTED_KEY_SCOPE]))) return false
  const consumed = yield* rowOf(consumption(dialect)({ digest: redemption.codeDigest, now: redemption.now }))
  if (consumed === undefined) return false
  if (redemption.accessToken !== undefined) yield* insertAccessToken(dialect, redemption.accessToken)
  if (redemption.refreshToken !== undefined) yield* insertRefreshToken(dialect, redemption.refreshToken)
  if (connectedKey === undefined) yield* writeJournal(dialect, journal)
  else {
    const { changes, revocations } = yield* insertConnectedKey(dialect, connectedKey)
    yield* writeJournal(dialect, withKeyChanges({ ...journal, revocations: [...journal.revocations, ...revocations] }, changes))
  }
  return true
}

const livingClient = onceForEach((dialect) =>
  template<{ readonly used_at: number | null }, { id: string }>((parameter) => {
    const living = dialect.db
      .selectFrom('clients')
      .select('used_at')
      .where('id', '=', parameter('id'))
      .where(clientIsAlive(dialect, sql.ref('clients.id')))
    // So that a registration that is being removed as unused is either still there to the end or gone.
    return (dialect.name === 'postgres' ? living.forKeyShare() : living).compile()
  }),
)

const firstUse = onceForEach(({ db }) =>
  template<unknown, { id: string; now: number }>((parameter) =>
    db
      .updateTable('clients')
      .set({ used_at: parameter('now') })
      .where('id', '=', parameter('id'))
      .where('used_at', 'is', null)
      .compile(),
  ),
)

/** RFC 6749 §4.4.3: a token for the client itself. */
export function* issueClientToken(dialect: Dialect, clientId: string, token: NewAccessToken | undefined, journal: Journal): Act<boolean> {
  const client = yield* rowOf(livingClient(dialect)({ id: clientId }))
  if (client === undefined) return false
  if (client.used_at === null) yield firstUse(dialect)({ id: clientId, now: journal.events[0]?.at ?? 0 })
  if (token !== undefined) yield* insertAccessToken(dialect, token)
  yield* writeJournal(dialect, journal)
  return true
}
