/** Rolling a client's secret: the new one, and the end of the one before, in one act; never more than two alive (O13). */
import type { Journal, Once, Repeated } from '@latchwork/kernel'
import type { SecretRoll } from '@latchwork/oauth'
import { type Act, rowOf, rowsOf, undo } from '../act.ts'
import { actOnce } from '../act-once.ts'
import type { Dialect } from '../engine.ts'
import { writeJournal } from '../journal.ts'
import { insertSecrets } from './clients.ts'

type Outcome = 'rolled' | 'taken' | 'gone'

export function* rollClientSecret(dialect: Dialect, roll: SecretRoll, journal: Journal, once?: Once): Act<Outcome | Repeated<'rolled'>> {
  return yield* actOnce<Outcome>(dialect, once, function* () {
    const { clientId, now } = roll
    if (!(yield* lockLiving(dialect, clientId))) return undo('gone')
    yield dialect.db.deleteFrom('client_secrets').where('client_id', '=', clientId).where('expires_at', '<=', now).compile()
    const alive = yield* rowsOf(
      dialect.db
        .selectFrom('client_secrets')
        .select(['digest', 'expires_at as expiresAt', 'created_at as createdAt'])
        .where('client_id', '=', clientId)
        .compile(),
    )
    if (alive.length === 0) return undo('gone')
    yield* endFormer(dialect, roll, alive)
    yield* insertSecrets(dialect, clientId, [roll.digest], now)
    yield* writeJournal(dialect, journal)
    return 'rolled'
  }) as Act<Outcome | Repeated<'rolled'>>
}

/** Who rolls the same client at the same moment waits. */
function* lockLiving({ name, db }: Dialect, clientId: string): Act<boolean> {
  const living = db.selectFrom('clients').select('id').where('id', '=', clientId).where('disabled_at', 'is', null)
  return (yield* rowOf((name === 'postgres' ? living.forUpdate() : living).compile())) !== undefined
}

interface Living {
  readonly digest: string
  readonly expiresAt: number | null
  readonly createdAt: number
}

/** The newest lives on for the overlap; the others must be told to end, or be none. */
function* endFormer({ db }: Dialect, roll: SecretRoll, alive: readonly Living[]): Act<void> {
  const [newest, ...older] = alive.toSorted(
    (one, other) => Number(one.expiresAt !== null) - Number(other.expiresAt !== null) || other.createdAt - one.createdAt,
  )
  if (newest === undefined) return
  const endsNow = roll.formerEndsAt <= roll.now
  if (older.length > 0 && !roll.endsOlder && !(endsNow && older.length === 1)) return undo('taken')
  const of = (digest: string) => [roll.clientId, digest] as const
  const ending = [...(roll.endsOlder ? older : []), ...(endsNow ? [newest] : [])]
  for (const [clientId, digest] of ending.map((one) => of(one.digest)))
    yield db.deleteFrom('client_secrets').where('client_id', '=', clientId).where('digest', '=', digest).compile()
  if (endsNow) return
  const expiresAt = Math.min(roll.formerEndsAt, newest.expiresAt ?? roll.formerEndsAt)
  yield db.updateTable('client_secrets').set({ expires_at: expiresAt }).where('client_id', '=', roll.clientId).where('digest', '=', newest.digest).compile()
}
