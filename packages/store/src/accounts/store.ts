/** The port of `accounts`. */
import type { AccountsStore, Change, Stop } from '@latchwork/accounts'
import type { Once, Repeated } from '@latchwork/kernel'
import { type Act, undo } from '../act.ts'
import { actOnce } from '../act-once.ts'
import { livingUsers } from '../alive.ts'
import type { Engine } from '../engine.ts'
import { accountReads, createAccount, disableAccount, enableAccount, renameAccount } from './accounts.ts'
import { disableUser, enableUser } from './disable-user.ts'
import { endLoginSession, loginSessionReads } from './login-sessions.ts'
import { addMember, memberReads, removeMember } from './members.ts'
import { livingOperators } from './operators.ts'
import { changePerson, peopleReads } from './people.ts'
import { removeOverLinks } from './remove-links.ts'
import { userColumns, userOf } from './rows.ts'
import { claimFirstOperator, createUser, declareUser, saveOneTimeLink } from './users.ts'

export function accountsStore(engine: Engine): AccountsStore {
  const { dialect, read, act } = engine
  const { db } = dialect
  /** What is not there is refused, and so is to stop the last operator; a refused call is not remembered. */
  const changeOnce = <Outcome extends Stop>(once: Once | undefined, change: () => Act<Outcome>): Promise<Outcome | Repeated<Change>> =>
    act(() =>
      actOnce(dialect, once, function* (): Act<Outcome> {
        const outcome = yield* change()
        return (outcome === 'gone' || outcome === 'last_operator') && once !== undefined ? undo(outcome) : outcome
      }),
    ) as Promise<Outcome | Repeated<Change>>
  return {
    ...loginSessionReads(engine),
    ...memberReads(engine),
    ...accountReads(engine),
    ...peopleReads(engine),
    createUser: (newUser, journal) => act(() => createUser(dialect, newUser, journal)),
    declareUser: (newUser, journal) => act(() => declareUser(dialect, newUser, journal)),
    saveOneTimeLink: (link, journal) => act(() => saveOneTimeLink(dialect, link, journal)),
    removeOverLinks: (before, limit) => act(() => removeOverLinks(dialect, before, limit)),
    claimFirstOperator: (digest, newUser, now, journal) => act(() => claimFirstOperator(dialect, digest, newUser, now, journal)),
    addMember: (accountId, userId, now, journal, once) => act(() => actOnce(dialect, once, () => addMember(dialect, accountId, userId, now, journal))),
    removeMember: (accountId, userId, now, journal) => act(() => removeMember(dialect, accountId, userId, now, journal)),
    changePerson: (userId, change, once) => act(() => actOnce(dialect, once, () => changePerson(dialect, userId, change))),
    disableUser: (userId, now, until, journal, once) => changeOnce(once, () => disableUser(dialect, userId, now, until, journal)),
    enableUser: (userId, now, until, journal, once) => changeOnce(once, () => enableUser(dialect, userId, now, until, journal)),
    createAccount: (account, journal, once) => act(() => createAccount(dialect, account, journal, once)),
    renameAccount: (accountId, name, journal, once) => act(() => actOnce(dialect, once, () => renameAccount(dialect, accountId, name, journal))),
    disableAccount: (accountId, now, journal, once) => changeOnce(once, () => disableAccount(dialect, accountId, now, journal)),
    enableAccount: (accountId, journal, once) => changeOnce(once, () => enableAccount(dialect, accountId, journal)),
    endLoginSession: (sessionId, userId, reason, now, journal) => act(() => endLoginSession(dialect, sessionId, userId, reason, now, journal)),

    async findUserByEmail(email) {
      const query = livingUsers(db)
        .leftJoin('password_credentials', 'password_credentials.user_id', 'users.id')
        .select([...userColumns, 'password_credentials.password_hash as passwordHash'])
        .where('users.email', '=', email)
      const [row] = await read(query.compile())
      return row && { user: userOf(row), passwordHash: row.passwordHash ?? undefined }
    },
    async hasOperator() {
      return (await read(livingOperators(db).select('users.id').limit(1).compile())).length > 0
    },
    async findOneTimeLink(digest, now) {
      const query = db
        .selectFrom('one_time_links')
        .select(['digest', 'purpose', 'created_at as createdAt', 'expires_at as expiresAt'])
        .where('digest', '=', digest)
        .where('consumed_at', 'is', null)
        .where('expires_at', '>', now)
      const [row] = await read(query.compile())
      return row && { ...row }
    },
  }
}
