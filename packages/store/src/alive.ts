/**
 * What "alive" means: nothing that a thing lives by has ended. Always computed where it is asked, by join; no row keeps a copy, so ending one row ends
 * everything beneath it.
 */
import { type Expression, type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Dialect } from './engine.ts'
import type { Flag } from './tables.ts'

type Db = Dialect['db']

/** The grant, its person and their account, its login session, its consent, its client and that one's account. @param grantId column of the outer statement. */
export function grantIsAlive({ db }: Dialect, grantId: string): Expression<SqlBool> {
  const living = db
    .selectFrom('grants as living')
    .innerJoin('users', 'users.id', 'living.user_id')
    .innerJoin('accounts as home', 'home.id', 'users.account_id')
    .leftJoin('login_sessions', 'login_sessions.id', 'living.session_id')
    .leftJoin('consents', 'consents.id', 'living.consent_id')
    .leftJoin('clients', 'clients.id', 'living.client_id')
    .leftJoin('accounts as client_account', 'client_account.id', 'clients.account_id')
    .select(sql.lit(1).as('one'))
    .where(sql.ref('living.id'), '=', sql.ref(grantId))
    .where('living.ended_at', 'is', null)
    .where('users.disabled_at', 'is', null)
    .where('home.disabled_at', 'is', null)
    .where('login_sessions.ended_at', 'is', null)
    .where('consents.ended_at', 'is', null)
    .where('clients.disabled_at', 'is', null)
    .where('client_account.disabled_at', 'is', null)
  return sql<SqlBool>`exists ${living}`
}

/** The client and, if it belongs to one, its account. */
export function clientIsAlive({ db }: Dialect, clientId: string | RawBuilder<string>): Expression<SqlBool> {
  const living = db
    .selectFrom('clients as living_client')
    .leftJoin('accounts as owner', 'owner.id', 'living_client.account_id')
    .select(sql.lit(1).as('one'))
    .where(sql.ref('living_client.id'), '=', typeof clientId === 'string' ? sql.ref(clientId) : clientId)
    .where('living_client.disabled_at', 'is', null)
    .where('owner.disabled_at', 'is', null)
  return sql<SqlBool>`exists ${living}`
}

/** People who can act: neither they nor their accounts are disabled. */
export function livingUsers(db: Db) {
  return db
    .selectFrom('users')
    .innerJoin('accounts', 'accounts.id', 'users.account_id')
    .where('users.disabled_at', 'is', null)
    .where('accounts.disabled_at', 'is', null)
}

/** A condition as a column that reads alike on both engines. */
export function flag(condition: Expression<SqlBool>): RawBuilder<Flag> {
  return sql<Flag>`case when ${condition} then 1 else 0 end`
}
