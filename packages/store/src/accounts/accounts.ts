/** Accounts: made, renamed, stopped and let go on; and their lists. */
import type { Account, AccountFilter, Change, Member, Stop } from '@latchwork/accounts'
import type { Journal, Once, Page, PageRequest, Repeated } from '@latchwork/kernel'
import { type Act, rowOf } from '../act.ts'
import { actOnce } from '../act-once.ts'
import { present } from '../columns.ts'
import { isBelow, isWithin, parseTimedPlace, timedPageOf } from '../cursor.ts'
import type { Dialect, Engine } from '../engine.ts'
import { writeJournal } from '../journal.ts'
import { isNull, nameHas, stopOf } from '../list-filters.ts'
import { template } from '../template.ts'
import { leavesNoOperator } from './operators.ts'

const accountColumns = ['id', 'name', 'created_at as createdAt', 'disabled_at as disabledAt'] as const

interface AccountRow {
  readonly id: string
  readonly name: string
  readonly createdAt: number
  readonly disabledAt: number | null
}

function accountOf({ disabledAt, ...row }: AccountRow): Account {
  return { ...row, ...present({ disabledAt }) }
}

export function accountReads(engine: Engine) {
  const { dialect, read } = engine
  const { db } = dialect
  const byId = template<AccountRow, { id: string }>((parameter) => db.selectFrom('accounts').select(accountColumns).where('id', '=', parameter('id')).compile())
  return {
    async findAccount(accountId: string): Promise<Account | undefined> {
      const [row] = await read(byId({ id: accountId }))
      return row && accountOf(row)
    },
    listAccounts: (filter: AccountFilter) => listAccounts(engine, filter),
    async listMembers(accountId: string, page: PageRequest & { readonly role?: Member['role'] }): Promise<Page<Member>> {
      const below = parseTimedPlace('members', page)
      let query = db
        .selectFrom('members')
        .innerJoin('users', 'users.id', 'members.user_id')
        .select(['members.user_id as userId', 'users.email as email', 'users.name as name', 'members.role as role', 'members.created_at as since'])
        .where('members.account_id', '=', accountId)
        .orderBy('members.created_at', 'desc')
        .orderBy('members.user_id', 'desc')
      for (const condition of isBelow('members', below, 'created_at', 'user_id')) query = query.where(condition)
      if (page.role !== undefined) query = query.where('members.role', '=', page.role)
      const rows = await read(query.limit(page.limit + 1).compile())
      return timedPageOf(
        'members',
        rows,
        page.limit,
        ({ since, userId }) => ({ at: since, id: userId }),
        (row): Member => ({ ...row }),
      )
    },
  }
}

async function listAccounts(engine: Engine, filter: AccountFilter): Promise<Page<Account>> {
  const { dialect, read } = engine
  const { name, state, limit } = filter
  const place = parseTimedPlace('accounts', filter)
  const rows = dialect.db.selectFrom('accounts').orderBy('created_at', 'desc').orderBy('id', 'desc')
  const filters = [...(name === undefined ? [] : [nameHas(dialect, 'name', name)]), ...(state === undefined ? [] : [isNull('disabled_at', state === 'active')])]
  const end = await stopOf(engine, rows.select(['created_at as at', 'id']).where(isWithin('accounts', filter, place)), filters)
  let query = rows
    .select(accountColumns)
    .where(isWithin('accounts', filter, place, end))
    .limit(limit + 1)
  for (const condition of filters) query = query.where(condition)
  return timedPageOf('accounts', await read(query.compile()), limit, ({ createdAt, id }) => ({ at: createdAt, id }), accountOf, end)
}

export function* createAccount(dialect: Dialect, account: Account, journal: Journal, once: Once | undefined): Act<Account | Repeated<Account>> {
  return yield* actOnce(dialect, once, function* () {
    yield* insertAccount(dialect, account)
    yield* writeJournal(dialect, journal)
    return account
  })
}

export function* insertAccount({ db }: Dialect, { id, name, createdAt }: Account): Act<void> {
  yield db.insertInto('accounts').values({ id, name, created_at: createdAt }).compile()
}

export function* renameAccount(dialect: Dialect, accountId: string, name: string, journal: Journal): Act<Account | undefined> {
  const row = yield* rowOf(dialect.db.updateTable('accounts').set({ name }).where('id', '=', accountId).returning(accountColumns).compile())
  if (row === undefined) return undefined
  yield* writeJournal(dialect, journal)
  return accountOf(row)
}

/** Nothing beneath it is written: being alive is a join, and caches hear of the account. */
export function* disableAccount(dialect: Dialect, accountId: string, now: number, journal: Journal): Act<Stop> {
  if (yield* leavesNoOperator(dialect, (operator) => operator.accountId === accountId)) return 'last_operator'
  const disabled = dialect.db.updateTable('accounts').set({ disabled_at: now }).where('id', '=', accountId).where('disabled_at', 'is', null)
  if ((yield* rowOf(disabled.returning('id').compile())) === undefined) return yield* isThere(dialect, accountId)
  yield* writeJournal(dialect, journal)
  return 'changed'
}

export function* enableAccount(dialect: Dialect, accountId: string, journal: Journal): Act<Change> {
  const enabled = dialect.db.updateTable('accounts').set({ disabled_at: null }).where('id', '=', accountId).where('disabled_at', 'is not', null)
  if ((yield* rowOf(enabled.returning('id').compile())) === undefined) return yield* isThere(dialect, accountId)
  yield* writeJournal(dialect, journal)
  return 'changed'
}

function* isThere({ db }: Dialect, accountId: string): Act<Change> {
  return (yield* rowOf(db.selectFrom('accounts').select('id').where('id', '=', accountId).compile())) === undefined ? 'gone' : 'unchanged'
}
