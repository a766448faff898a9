/** Making API keys. */
import type { ApiKey, CreateBounds, NewApiKey, Repeated } from '@latchwork/api-keys'
import type { Journal } from '@latchwork/kernel'
import { type Act, rowOf, undo } from '../act.ts'
import type { Dialect } from '../engine.ts'
import { writeJournal } from '../journal.ts'
import { actOnce } from './act-once.ts'
import { keyColumns, keyOf, keyValues } from './key-rows.ts'
import { lockConsent } from './lock-consent.ts'
import { choosePrimary, freeExpired, insertInPlace, lockAccounts } from './places.ts'

type Created = ApiKey | 'slots_taken' | 'limit_reached' | 'not_consented'

export function* createKey(dialect: Dialect, key: NewApiKey, journal: Journal, bounds: CreateBounds = {}): Act<Created | Repeated<ApiKey>> {
  return (yield* actOnce<Created>(dialect, bounds.once, () => create(dialect, key, journal, bounds.most))) as Created | Repeated<ApiKey>
}

function* create(dialect: Dialect, key: NewApiKey, journal: Journal, most: number | undefined): Act<ApiKey> {
  if (key.consentId !== undefined && !(yield* lockConsent(dialect, key.consentId, key.scopes))) undo('not_consented')
  yield* lockAccounts(dialect, [key.accountId])
  if (key.kind === 'sk') {
    yield* freeExpired(dialect, key, key.createdAt)
    if (!(yield* insertInPlace(dialect, key))) undo('slots_taken')
    yield* choosePrimary(dialect, key)
  } else {
    if (most !== undefined && (yield* countActive(dialect, key)) >= most) undo('limit_reached')
    yield dialect.db.insertInto('api_keys').values(keyValues(key)).compile()
  }
  const created = yield* readKey(dialect, key.id)
  if (created === undefined) throw new Error(`key ${key.id} was written and is not there`)
  yield* writeJournal(dialect, journal)
  return created
}

export function* readKey({ db }: Dialect, keyId: string): Act<ApiKey | undefined> {
  const row = yield* rowOf(db.selectFrom('api_keys').select(keyColumns).where('id', '=', keyId).compile())
  return row && keyOf(row)
}

/** Tokens are counted by person, all else by account. Whoever counts is alone: a person's row, or the account's, is locked. */
export function* countActive({ name, db }: Dialect, { kind, accountId, userId, createdAt }: NewApiKey): Act<number> {
  if (userId !== undefined && name === 'postgres') yield db.selectFrom('users').select('id').where('id', '=', userId).forNoKeyUpdate().compile()
  let active = db
    .selectFrom('api_keys')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('kind', '=', kind)
    .where('revoked_at', 'is', null)
    .where('grant_id', 'is', null) // those of connected accounts are two for each consent, however many there are
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', createdAt)]))
  active = userId === undefined ? active.where('account_id', '=', accountId) : active.where('user_id', '=', userId)
  return Number((yield* rowOf(active.compile()))?.count ?? 0)
}
