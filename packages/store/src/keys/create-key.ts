/** Making API keys. */
import type { ApiKey, CreateBounds, NewApiKey, Repeated } from '@latchwork/api-keys'
import type { Journal, KeyKind } from '@latchwork/kernel'
import { sql } from 'kysely'
import { type Act, rowOf, undo } from '../act.ts'
import { actOnce } from '../act-once.ts'
import type { Dialect } from '../engine.ts'
import { writeJournal } from '../journal.ts'
import { onceForEach, template } from '../template.ts'
import { insertKey, readKey } from './key-rows.ts'
import { choosePrimary, freeExpired, insertInPlace, lockAccounts } from './places.ts'

type Created = ApiKey | 'slots_taken' | 'limit_reached'

export function* createKey(dialect: Dialect, key: NewApiKey, journal: Journal, bounds: CreateBounds = {}): Act<Created | Repeated<ApiKey>> {
  return (yield* actOnce<Created>(dialect, bounds.once, () => create(dialect, key, journal, bounds.most))) as Created | Repeated<ApiKey>
}

function* create(dialect: Dialect, key: NewApiKey, journal: Journal, most: number | undefined): Act<ApiKey> {
  yield* lockAccounts(dialect, [key.accountId])
  if (key.kind === 'sk') {
    yield* freeExpired(dialect, key, key.createdAt)
    if (!(yield* insertInPlace(dialect, key))) undo('slots_taken')
    yield* choosePrimary(dialect, key)
  } else {
    if (most !== undefined && (yield* countActive(dialect, key, most)) >= most) undo('limit_reached')
    yield* insertKey(dialect, key)
  }
  const created = yield* readKey(dialect, key.id)
  if (created === undefined) throw new Error(`key ${key.id} was written and is not there`)
  yield* writeJournal(dialect, journal)
  return created
}

/**
 * How many keys of its kind are active: a person's, of tokens, and an account's, of all else; none counted beyond `most`. Those of connected accounts are left out: they are two for each
 * consent, however many there are.
 */
const activeCount = onceForEach(({ db }) => {
  const countOf = (owner: 'account_id' | 'user_id') =>
    template<{ readonly count: number }, { owner: string; kind: KeyKind; now: number; most: number }>((parameter) => {
      const active = db
        .selectFrom('api_keys')
        .select(sql.lit(1).as('one'))
        .where(owner, '=', parameter('owner'))
        .where('kind', '=', parameter('kind'))
        .where('revoked_at', 'is', null)
        .where('grant_id', 'is', null)
        .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', parameter('now'))]))
        .limit(parameter('most'))
      return db
        .selectFrom(active.as('active'))
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .compile()
    })
  return { ofAccount: countOf('account_id'), ofPerson: countOf('user_id') }
})

/** At most so many are counted. Whoever counts is alone: a person's row, or the account's, is locked. */
export function* countActive(dialect: Dialect, { kind, accountId, userId, createdAt: now }: NewApiKey, most: number): Act<number> {
  const { name, db } = dialect
  if (userId !== undefined && name === 'postgres') yield db.selectFrom('users').select('id').where('id', '=', userId).forNoKeyUpdate().compile()
  const { ofAccount, ofPerson } = activeCount(dialect)
  const counted = userId === undefined ? ofAccount({ owner: accountId, kind, now, most }) : ofPerson({ owner: userId, kind, now, most })
  return Number((yield* rowOf(counted))?.count ?? 0)
}
