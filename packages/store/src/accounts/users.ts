/** Making people, and the first operator. */
import type { NewUser, OneTimeLink } from '@latchwork/accounts'
import type { Journal } from '@latchwork/kernel'
import { sql } from 'kysely'
import { type Act, rowOf, undo } from '../act.ts'
import { flagOf, jsonOf } from '../columns.ts'
import type { Dialect } from '../engine.ts'
import { writeJournal } from '../journal.ts'
import { insertAccount } from './accounts.ts'
import { livingOperators } from './operators.ts'

export function* createUser(dialect: Dialect, newUser: NewUser, journal: Journal): Act<'created' | 'identifier_taken'> {
  if (!(yield* insertUser(dialect, newUser))) undo('identifier_taken')
  yield* writeJournal(dialect, journal)
  return 'created'
}

export function* declareUser(dialect: Dialect, newUser: NewUser, journal: Journal): Act<void> {
  const userId = yield* updateDeclared(dialect, newUser)
  if (userId === undefined && !(yield* insertUser(dialect, newUser))) {
    // Another node declared the same person between our two statements.
    yield dialect.db.deleteFrom('accounts').where('id', '=', newUser.account.id).compile()
    yield* updateDeclared(dialect, newUser)
  }
  yield* writeJournal(dialect, journal)
}

function* updateDeclared({ db }: Dialect, { user, passwordHash, profile, updatedAt }: NewUser): Act<string | undefined> {
  const known = yield* rowOf(
    db
      .updateTable('users')
      .set({
        name: user.name,
        is_operator: flagOf(user.isOperator),
        email_verified: flagOf(user.emailVerified),
        ...(profile === undefined ? {} : { profile: jsonOf(profile) }),
        ...(updatedAt === undefined ? {} : { updated_at: updatedAt }),
      })
      .where('email', '=', user.email)
      .returning('id')
      .compile(),
  )
  if (known === undefined) return undefined
  yield db
    .insertInto('password_credentials')
    .values({ user_id: known.id, password_hash: passwordHash, changed_at: user.createdAt })
    .onConflict((conflict) => conflict.column('user_id').doUpdateSet({ password_hash: passwordHash, changed_at: user.createdAt }))
    .compile()
  return known.id
}

/** One link of a purpose can be used at a time, held by an index: the new one takes the place of the one before. */
export function* saveOneTimeLink(dialect: Dialect, link: OneTimeLink, journal: Journal): Act<void> {
  const { digest, purpose, createdAt: created_at, expiresAt: expires_at } = link
  yield dialect.db
    .insertInto('one_time_links')
    .values({ digest, purpose, created_at, expires_at })
    .onConflict((conflict) => conflict.column('purpose').where('consumed_at', 'is', sql.lit(null)).doUpdateSet({ digest, created_at, expires_at }))
    .compile()
  yield* writeJournal(dialect, journal)
}

export type Claim = 'claimed' | 'link_invalid' | 'identifier_taken'

/** A link does not open the door a second time, whatever made the first operator. */
export function* claimFirstOperator(dialect: Dialect, linkDigest: string, newUser: NewUser, now: number, journal: Journal): Act<Claim> {
  const used = yield* rowOf(
    dialect.db
      .updateTable('one_time_links')
      .set({ consumed_at: now })
      .where('digest', '=', linkDigest)
      .where('purpose', '=', 'first_operator')
      .where('consumed_at', 'is', null)
      .where('expires_at', '>', now)
      .where(({ not, exists }) => not(exists(livingOperators(dialect.db).select('users.id'))))
      .returning('digest')
      .compile(),
  )
  if (used === undefined) return 'link_invalid'
  if (!(yield* insertUser(dialect, newUser))) undo('identifier_taken')
  yield* writeJournal(dialect, journal)
  return 'claimed'
}

/** The account, the person, their membership and password; false if the address is taken, and then the account alone is written. */
function* insertUser(dialect: Dialect, { user, account, passwordHash, profile, updatedAt = user.createdAt }: NewUser): Act<boolean> {
  const { db } = dialect
  yield* insertAccount(dialect, account)
  const inserted = yield* rowOf(
    db
      .insertInto('users')
      .values({
        id: user.id,
        email: user.email,
        email_verified: flagOf(user.emailVerified),
        name: user.name,
        is_operator: flagOf(user.isOperator),
        account_id: user.accountId,
        created_at: user.createdAt,
        profile: profile === undefined ? null : jsonOf(profile),
        updated_at: updatedAt,
      })
      .onConflict((conflict) => conflict.column('email').doNothing())
      .returning('id')
      .compile(),
  )
  if (inserted === undefined) return false
  yield db.insertInto('members').values({ account_id: account.id, user_id: user.id, role: 'owner', created_at: user.createdAt }).compile()
  yield db.insertInto('password_credentials').values({ user_id: user.id, password_hash: passwordHash, changed_at: user.createdAt }).compile()
  return true
}
