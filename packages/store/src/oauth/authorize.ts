/** A person's yes: consent, grant and code in one act, if everything they hang on is still alive. */
import type { Journal } from '@latchwork/kernel'
import type { Consent, NewAuthorization, NewCode } from '@latchwork/oauth'
import { type CompiledQuery, sql } from 'kysely'
import { type Act, rowOf } from '../act.ts'
import { clientIsAlive, livingUsers } from '../alive.ts'
import { grantValues } from '../authority/grant-rows.ts'
import { jsonOf, wordsOf } from '../columns.ts'
import type { Dialect } from '../engine.ts'
import { writeJournal } from '../journal.ts'
import type { Json } from '../tables.ts'

export function* authorize(dialect: Dialect, authorization: NewAuthorization, journal: Journal): Act<boolean> {
  const { consent, grant, code, sessionId } = authorization
  if ((yield* rowOf(livingParties(dialect, sessionId, consent))) === undefined) return false
  const consentId = yield* giveConsent(dialect, consent)
  if (consentId === undefined) return false
  yield dialect.db
    .insertInto('grants')
    .values({ ...grantValues(grant), consent_id: consentId })
    .compile()
  yield* insertCode(dialect, code)
  yield* writeJournal(dialect, journal)
  return true
}

/** A row, if the login session is this person's and alive, and so are the person and the client. */
function livingParties(dialect: Dialect, sessionId: string, { userId, clientId }: Consent): CompiledQuery<{ readonly id: string }> {
  return livingUsers(dialect.db)
    .innerJoin('login_sessions', 'login_sessions.user_id', 'users.id')
    .select('users.id as id')
    .where('users.id', '=', userId)
    .where('login_sessions.id', '=', sessionId)
    .where('login_sessions.ended_at', 'is', null)
    .where(clientIsAlive(dialect, sql<string>`${clientId}`))
    .compile()
}

interface GivenRow {
  readonly id: string
  readonly scopes: Json
  readonly audience: Json
}

/**
 * Widens the consent in force, or makes it; the id of the one in force after. Two first authorizations at the same moment share one consent, with what both were
 * allowed. `undefined` if the consent was ended meanwhile: what was taken back is not given again by a page that was still open.
 */
function* giveConsent(dialect: Dialect, consent: Consent): Act<string | undefined> {
  const { db } = dialect
  const inForce = db.updateTable('consents').set({ given_at: consent.givenAt }).where('ended_at', 'is', null).returning(['id', 'scopes', 'audience'])
  const own = yield* rowOf<GivenRow>(
    inForce.where('id', '=', consent.id).where('user_id', '=', consent.userId).where('client_id', '=', consent.clientId).compile(),
  )
  if (own !== undefined) return yield* widen(dialect, own, consent)
  const { id, userId: user_id, clientId: client_id, givenAt: given_at } = consent
  const made = yield* rowOf(
    db
      .insertInto('consents')
      .values({ id, user_id, client_id, given_at, scopes: jsonOf(consent.scopes), audience: jsonOf(consent.audience) })
      .onConflict((conflict) => conflict.doNothing())
      .returning('id')
      .compile(),
  )
  if (made !== undefined) return made.id
  const ended = yield* rowOf(db.selectFrom('consents').select('id').where('id', '=', id).compile())
  if (ended !== undefined) return undefined
  const others = yield* rowOf<GivenRow>(inForce.where('user_id', '=', user_id).where('client_id', '=', client_id).compile())
  return others && (yield* widen(dialect, others, consent))
}

/** The row is locked by the update that returned it. */
function* widen({ db }: Dialect, given: GivenRow, consent: Consent): Act<string> {
  const scopes = jsonOf([...new Set([...wordsOf(given.scopes), ...consent.scopes])])
  const audience = jsonOf([...new Set([...wordsOf(given.audience), ...consent.audience])])
  if (scopes !== given.scopes || audience !== given.audience) yield db.updateTable('consents').set({ scopes, audience }).where('id', '=', given.id).compile()
  return given.id
}

function* insertCode({ db }: Dialect, code: NewCode): Act<void> {
  yield db
    .insertInto('codes')
    .values({
      digest: code.digest,
      client_id: code.clientId,
      grant_id: code.grantId,
      redirect_uri: code.redirectUri,
      challenge: code.challenge,
      nonce: code.nonce ?? null,
      issued_at: code.issuedAt,
      expires_at: code.expiresAt,
    })
    .compile()
}
