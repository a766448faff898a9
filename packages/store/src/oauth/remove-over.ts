/**
 * Grants, login sessions and consents that are over, removed some at a time along their primary keys, with all that hangs on them (R7). What a replay is known by stays as long as it could end
 * something: a used code or refresh token goes with its grant, or when its own time is long over.
 */
import { sql } from 'kysely'
import { type Act, rowsOf } from '../act.ts'
import type { Dialect } from '../engine.ts'
import { rememberUse } from './remove-expired.ts'

/**
 * Looks at so many grants behind `after`. Over is a grant that ended before that time, or under which nothing is in time any more: no token, no code, no key born of it, and no login
 * session that has still to tell its application of a sign-out.
 * @param before so long ago that no self-contained token of that time is alive.
 * @returns the id to go on from; undefined when the end was reached.
 */
export function* removeOverGrants(dialect: Dialect, after: string, before: number, limit: number): Act<string | undefined> {
  const { db } = dialect
  const walked = yield* rowsOf(db.selectFrom('grants').select('id').where('id', '>', after).orderBy('id').limit(limit).compile())
  const ids = walked.map(({ id }) => id)
  if (ids.length === 0) return undefined
  // Of grants that live on, tokens of which not even a replay says anything any more.
  yield db.deleteFrom('refresh_tokens').where('grant_id', 'in', ids).where('expires_at', '<', before).compile()
  const over = yield* rowsOf(overGrants(dialect, ids, before))
  if (over.length > 0) yield* removeGrants(dialect, over, before)
  return walked.length < limit ? undefined : ids.at(-1)
}

function overGrants({ name, db }: Dialect, ids: readonly string[], before: number) {
  const isOver = sql<boolean>`grants.ended_at < ${before} or (
    not exists (select 1 from refresh_tokens t where t.grant_id = grants.id)
    and not exists (select 1 from access_tokens t where t.grant_id = grants.id and t.expires_at >= ${before})
    and not exists (select 1 from codes c where c.grant_id = grants.id and c.expires_at >= ${before})
    and not exists (select 1 from login_sessions s where s.id in (grants.session_id, grants.begun_in) and s.ended_at is null and s.expires_at >= ${before}))`
  const over = db
    .selectFrom('grants')
    .select(['grants.id as id', 'grants.client_id as client_id'])
    .where('grants.id', 'in', ids)
    .where('grants.created_at', '<', before)
    .where(sql<boolean>`(${isOver})`)
    .where(({ not, exists, selectFrom }) => not(exists(selectFrom('api_keys').select('api_keys.id').whereRef('api_keys.grant_id', '=', 'grants.id'))))
  return (name === 'postgres' ? over.forUpdate('grants').skipLocked() : over).compile()
}

function* removeGrants(dialect: Dialect, over: readonly { readonly id: string; readonly client_id: string | null }[], before: number): Act<void> {
  const ids = over.map(({ id }) => id)
  yield* rememberUse(
    dialect,
    over.flatMap(({ client_id }) => (client_id === null ? [] : [client_id])),
    before,
  )
  for (const table of ['refresh_tokens', 'access_tokens', 'codes'] as const) yield dialect.db.deleteFrom(table).where('grant_id', 'in', ids).compile()
  yield dialect.db.deleteFrom('grants').where('id', 'in', ids).compile()
}

/** The same of login sessions that ended or expired before that time, and under which no grant stands. */
export function* removeOverSessions(dialect: Dialect, after: string, before: number, limit: number): Act<string | undefined> {
  const { name, db } = dialect
  const walked = yield* rowsOf(db.selectFrom('login_sessions').select('id').where('id', '>', after).orderBy('id').limit(limit).compile())
  const ids = walked.map(({ id }) => id)
  if (ids.length === 0) return undefined
  const over = db
    .selectFrom('login_sessions')
    .select('login_sessions.id as id')
    .where('login_sessions.id', 'in', ids)
    .where(({ or, eb }) => or([eb('login_sessions.expires_at', '<', before), eb('login_sessions.ended_at', '<', before)]))
    .where(({ not, exists, selectFrom }) => not(exists(selectFrom('grants').select('grants.id').whereRef('grants.session_id', '=', 'login_sessions.id'))))
  const due = name === 'postgres' ? over.forUpdate('login_sessions').skipLocked() : over
  yield db.deleteFrom('login_sessions').where('id', 'in', due).compile()
  return walked.length < limit ? undefined : ids.at(-1)
}

/** The same of consents that were taken back before that time: nothing stands under them, and what became of them stays in the events. */
export function* removeOverConsents(dialect: Dialect, after: string, before: number, limit: number): Act<string | undefined> {
  const { name, db } = dialect
  const walked = yield* rowsOf(db.selectFrom('consents').select('id').where('id', '>', after).orderBy('id').limit(limit).compile())
  const ids = walked.map(({ id }) => id)
  if (ids.length === 0) return undefined
  const over = db
    .selectFrom('consents')
    .select('consents.id as id')
    .where('consents.id', 'in', ids)
    .where('consents.ended_at', '<', before)
    .where(({ not, exists, selectFrom }) => not(exists(selectFrom('grants').select('grants.id').whereRef('grants.consent_id', '=', 'consents.id'))))
    .where(({ not, exists, selectFrom }) => not(exists(selectFrom('api_keys').select('api_keys.id').whereRef('api_keys.consent_id', '=', 'consents.id'))))
  const due = name === 'postgres' ? over.forUpdate('consents').skipLocked() : over
  yield db.deleteFrom('consents').where('id', 'in', due).compile()
  return walked.length < limit ? undefined : ids.at(-1)
}
