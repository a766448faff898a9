/** People, looked up and listed. */
import type { ChangedPerson, PeopleFilter, Person, Profile, User } from '@latchwork/accounts'
import type { Page } from '@latchwork/kernel'
import { type SqlBool, sql } from 'kysely'
import { type Act, rowOf } from '../act.ts'
import { livingUsers } from '../alive.ts'
import { jsonOf, present } from '../columns.ts'
import { isWithin, parseTimedPlace, timedPageOf } from '../cursor.ts'
import type { Dialect, Engine } from '../engine.ts'
import { writeJournal } from '../journal.ts'
import { isNull, nameHas, stopOf } from '../list-filters.ts'
import type { Json } from '../tables.ts'
import { template } from '../template.ts'
import { type UserRow, userColumns, userOf } from './rows.ts'

interface PersonRow extends UserRow {
  readonly disabledAt: number | null
  readonly profile: Json | null
  readonly updatedAt: number | null
}

const personColumns = [...userColumns, 'users.disabled_at as disabledAt', 'users.profile as profile', 'users.updated_at as updatedAt'] as const

function personOf({ disabledAt, profile, updatedAt, ...row }: PersonRow): Person {
  return { ...userOf(row), profile: profileOf(profile), updatedAt: updatedAt ?? row.createdAt, ...present({ disabledAt }) }
}

function profileOf(json: Json | null): Profile {
  return json === null ? {} : (JSON.parse(json) as Profile)
}

export function* changePerson(dialect: Dialect, userId: string, change: (person: Person) => ChangedPerson | undefined): Act<Person | undefined> {
  const { name: engine, db } = dialect
  const found = db.selectFrom('users').select(personColumns).where('users.id', '=', userId)
  const row = yield* rowOf<PersonRow>((engine === 'postgres' ? found.forUpdate() : found).compile())
  if (row === undefined) return undefined
  const changed = change(personOf(row))
  if (changed === undefined) return personOf(row)
  const { name, profile, updatedAt, journal } = changed
  yield db
    .updateTable('users')
    .set({ name, profile: jsonOf(profile), updated_at: updatedAt })
    .where('id', '=', userId)
    .compile()
  yield* writeJournal(dialect, journal)
  return { ...personOf(row), name, profile, updatedAt }
}

export function peopleReads(engine: Engine) {
  const { dialect, read } = engine
  const { db } = dialect
  const people = db.selectFrom('users').select(personColumns)
  const livingById = template<UserRow, { id: string }>((parameter) => livingUsers(db).select(userColumns).where('users.id', '=', parameter('id')).compile())
  const livingPerson = template<PersonRow, { id: string }>((parameter) =>
    livingUsers(db).select(personColumns).where('users.id', '=', parameter('id')).compile(),
  )
  return {
    async findLivingPerson(userId: string): Promise<Person | undefined> {
      const [row] = await read(livingPerson({ id: userId }))
      return row && personOf(row)
    },
    async findUser(userId: string): Promise<User | undefined> {
      const [row] = await read(livingById({ id: userId }))
      return row && userOf(row)
    },
    async findPerson(userId: string): Promise<Person | undefined> {
      const [row] = await read(people.where('users.id', '=', userId).compile())
      return row && personOf(row)
    },
    listPeople: (filter: PeopleFilter) => listPeople(engine, filter),
  }
}

async function listPeople(engine: Engine, filter: PeopleFilter): Promise<Page<Person>> {
  const { dialect, read } = engine
  const { email, accountId, name, state, isOperator, limit } = filter
  const place = parseTimedPlace('people', filter)
  let rows = dialect.db.selectFrom('users').orderBy('users.created_at', 'desc').orderBy('users.id', 'desc')
  if (email !== undefined) rows = rows.where('users.email', '=', email)
  if (accountId !== undefined) rows = rows.where('users.account_id', '=', accountId)
  if (isOperator === true) rows = rows.where('users.is_operator', '=', 1)
  const filters = [
    ...(name === undefined ? [] : [nameHas(dialect, 'users.name', name)]),
    ...(state === undefined ? [] : [isNull('users.disabled_at', state === 'active')]),
    ...(isOperator === false ? [sql<SqlBool>`users.is_operator = 0`] : []),
  ]
  const end = await stopOf(engine, rows.select(['users.created_at as at', 'users.id as id']).where(isWithin('users', filter, place)), filters)
  let query = rows
    .select(personColumns)
    .where(isWithin('users', filter, place, end))
    .limit(limit + 1)
  for (const condition of filters) query = query.where(condition)
  return timedPageOf('people', await read(query.compile()), limit, ({ createdAt, id }) => ({ at: createdAt, id }), personOf, end)
}
