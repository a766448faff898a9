/** The port of `sessions`. */
import type { Journal } from '@latchwork/kernel'
import type { NewSession, SessionsStore } from '@latchwork/sessions'
import { loginSessionValues } from './accounts/rows.ts'
import { type Act, rowOf } from './act.ts'
import { livingUsers } from './alive.ts'
import { grantValues } from './authority/grant-rows.ts'
import { insertRefreshToken } from './authority/tokens.ts'
import type { Dialect, Engine } from './engine.ts'
import { writeJournal } from './journal.ts'

export function sessionsStore({ dialect, act }: Engine): SessionsStore {
  return { startSession: (session, journal) => act(() => startSession(dialect, session, journal)) }
}

function* startSession(dialect: Dialect, { login, grant, refreshToken }: NewSession, journal: Journal): Act<boolean> {
  const { db } = dialect
  const person = yield* rowOf(livingUsers(db).select('users.id as id').where('users.id', '=', login.userId).compile())
  if (person === undefined) return false
  yield db.insertInto('login_sessions').values(loginSessionValues(login)).compile()
  yield db.insertInto('grants').values(grantValues(grant)).compile()
  yield* insertRefreshToken(dialect, refreshToken)
  yield* writeJournal(dialect, journal)
  return true
}
