/** People, looked up and listed. */
import type { Person, User } from '@latchwork/accounts'
import type { Page, PageRequest } from '@latchwork/kernel'
import { sql } from 'kysely'
import { livingUsers } from '../alive.ts'
import { present } from '../columns.ts'
import { parseTimedPlace, timedPageOf } from '../cursor.ts'
import type { Engine } from '../engine.ts'
import { template } from '../template.ts'
import { type UserRow, userColumns, userOf } from './rows.ts'

interface PersonRow extends UserRow {
  readonly disabledAt: number | null
}

function personOf({ disabledAt, ...row }: PersonRow): Person {
  return { ...userOf(row), ...present({ disabledAt }) }
}

export function peopleReads({ dialect, read }: Engine) {
  const { db } = dialect
  const people = db.selectFrom('users').select([...userColumns, 'users.disabled_at as disabledAt'])
  const livingById = template<UserRow, { id: string }>((parameter) => livingUsers(db).select(userColumns).where('users.id', '=', parameter('id')).compile())
  return {
    async findUser(userId: string): Promise<User | undefined> {
      const [row] = await read(livingById({ id: userId }))
      return row && userOf(row)
    },
    async findPerson(userId: string): Promise<Person | undefined> {
      const [row] = await read(people.where('users.id', '=', userId).compile())
      return row && personOf(row)
    },
    async listPeople(page: PageRequest & { readonly email?: string }): Promise<Page<Person>> {
      const below = parseTimedPlace('people', page)
      let query = people
        .orderBy('users.created_at', 'desc')
        .orderBy('users.id', 'desc')
        .limit(page.limit + 1)
      if (below !== undefined) query = query.where(sql<boolean>`(users.created_at, users.id) < (${below.at}, ${below.id})`)
      if (page.email !== undefined) query = query.where('users.email', '=', page.email)
      const rows = await read(query.compile())
      return timedPageOf('people', rows, page.limit, ({ createdAt, id }) => ({ at: createdAt, id }), personOf)
    },
  }
}
