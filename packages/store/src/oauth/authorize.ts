/** A person's yes: consent, grant and code in one act, if everything they hang on is still alive. */
import type { Grant } from '@latchwork/authority'
import type { Journal } from '@latchwork/kernel'
import { CONNECTED_KEY_SCOPE, type Consent, type NewAuthorization, type NewCode, type Withdrawal } from '@latchwork/oauth'
import { type Act, rowOf } from '../act.ts'
import { clientIsAlive, livingUsers } from '../alive.ts'
import { grantInsert, grantValues } from '../authority/grant-rows.ts'
import { narrowGrantsOfConsent } from '../authority/narrow-grants.ts'
import { jsonOf, wordsOf } from '../columns.ts'
import type { Dialect } from '../engine.ts'
import { writeJournal } from '../journal.ts'
import { withKeyChanges } from '../keys/changed-keys.ts'
import { narrowKeysOfConsent } from '../keys/connected-keys.ts'
import type { CodesTable, Flag, Json } from '../tables.ts'
import { onceForEach, template } from '../template.ts'

const NOTHING_WITHDRAWN: Withdrawal = { scopes: [], tokensUntil: 0 }

export function* authorize(dialect: Dialect, authorization: NewAuthorization, journal: Journal): Act<boolean> {
  const { consent, grant, code, sessionId, isRemembered = false, withdrawn = NOTHING_WITHDRAWN, allowed = grant.scopes } = authorization
  const { userId, clientId } = consent
  if ((yield* rowOf(livingParties(dialect)({ userId, clientId, sessionId }))) === undefined) return false
  const consentId = isRemembered ? yield* consentThatCovers(dialect, consent, grant, allowed) : yield* giveConsent(dialect, consent, withdrawn.scopes)
  if (consentId === undefined) return false
  const tokens = yield* narrowGrantsOfConsent(dialect, consentId, withdrawn, grant.createdAt)
  yield grantInsert(dialect)({ ...grantValues(grant), consent_id: consentId })
  yield* insertCode(dialect, code)
  const narrowed = yield* narrowKeysOfConsent(dialect, consentId, withdrawn.scopes, CONNECTED_KEY_SCOPE, grant.createdAt)
  const revocations = [...journal.revocations, ...narrowed.revocations, ...tokens]
  yield* writeJournal(dialect, withKeyChanges({ ...journal, revocations }, narrowed.changes))
  return true
}

/** A row, if the login session is this person's and alive, and so are the person and the client. */
export const livingParties = onceForEach((dialect) =>
  template<{ readonly id: string }, { userId: string; clientId: string; sessionId: string }>((parameter) => {
    const living = livingUsers(dialect.db)
      .innerJoin('login_sessions', 'login_sessions.user_id', 'users.id')
      .innerJoin('clients', (join) => join.on('clients.id', '=', parameter('clientId')))
      .select('users.id as id')
      .where('users.id', '=', parameter('userId'))
      .where('login_sessions.id', '=', parameter('sessionId'))
      .where('login_sessions.ended_at', 'is', null)
      .where(clientIsAlive(dialect, 'clients.id'))
    // A registration that is being removed as unused is either still there to the end or gone. A sign-out, or a disabling, either finds the grant to come or is found.
    return (dialect.name === 'postgres' ? living.forKeyShare('clients').forShare('login_sessions') : living).compile()
  }),
)

const consentInForce = onceForEach(({ name, db }) =>
  template<GivenRow, { id: string; userId: string; clientId: string }>((parameter) => {
    const given = db
      .selectFrom('consents')
      .select(['id', 'scopes', 'audience'])
      .where('id', '=', parameter('id'))
      .where('user_id', '=', parameter('userId'))
      .where('client_id', '=', parameter('clientId'))
      .where('ended_at', 'is', null)
    // Whoever takes it back or narrows it either finds the grant to come or is found.
    return (name === 'postgres' ? given.forShare() : given).compile()
  }),
)

/** Nobody was asked: `undefined` unless the consent still covers everything the grant is for. What was narrowed meanwhile is not widened again. */
function* consentThatCovers(dialect: Dialect, { id, userId, clientId }: Consent, grant: Grant, allowed: readonly string[]): Act<string | undefined> {
  const given = yield* rowOf(consentInForce(dialect)({ id, userId, clientId }))
  if (given === undefined) return undefined
  const [scopes, audience] = [wordsOf(given.scopes), wordsOf(given.audience)]
  return allowed.every((scope) => scopes.includes(scope)) && grant.audience.every((api) => audience.includes(api)) ? given.id : undefined
}

interface GivenRow {
  readonly id: string
  readonly scopes: Json
  readonly audience: Json
}

/**
 * Brings the consent in force in line with the person's word, or makes it; the id of the one in force after. Two first authorizations at the same moment share one consent, with what both were
 * allowed. `undefined` if the consent was ended meanwhile: what was taken back is not given again by a page that was still open.
 */
export function* giveConsent(dialect: Dialect, consent: Consent, withdrawn: readonly string[]): Act<string | undefined> {
  const { db } = dialect
  const inForce = db.updateTable('consents').set({ given_at: consent.givenAt }).where('ended_at', 'is', null).returning(['id', 'scopes', 'audience'])
  const own = yield* rowOf<GivenRow>(
    inForce.where('id', '=', consent.id).where('user_id', '=', consent.userId).where('client_id', '=', consent.clientId).compile(),
  )
  if (own !== undefined) return yield* bringInLine(dialect, own, consent, withdrawn)
  const { id, userId: user_id, clientId: client_id, givenAt: given_at } = consent
  const made = yield* rowOf(
    db
      .insertInto('consents')
      .values({ id, user_id, client_id, given_at, scopes: jsonOf(consent.scopes), audience: jsonOf(consent.audience), profile_is_whole: wholeOf(consent) })
      .onConflict((conflict) => conflict.doNothing())
      .returning('id')
      .compile(),
  )
  if (made !== undefined) return made.id
  const ended = yield* rowOf(db.selectFrom('consents').select('id').where('id', '=', id).compile())
  if (ended !== undefined) return undefined
  const others = yield* rowOf<GivenRow>(inForce.where('user_id', '=', user_id).where('client_id', '=', client_id).compile())
  return others && (yield* bringInLine(dialect, others, consent, withdrawn))
}

/** The row is locked by the update that returned it. */
function* bringInLine({ db }: Dialect, given: GivenRow, consent: Consent, withdrawn: readonly string[]): Act<string> {
  const scopes = jsonOf([...new Set([...wordsOf(given.scopes), ...consent.scopes])].filter((scope) => !withdrawn.includes(scope)))
  const audience = jsonOf([...new Set([...wordsOf(given.audience), ...consent.audience])])
  const isNew = scopes !== given.scopes || audience !== given.audience
  if (isNew || consent.profileIsWhole === true)
    yield db
      .updateTable('consents')
      .set({ scopes, audience, ...(consent.profileIsWhole === true ? { profile_is_whole: wholeOf(consent) } : {}) })
      .where('id', '=', given.id)
      .compile()
  return given.id
}

function wholeOf({ profileIsWhole }: Consent): Flag | null {
  return profileIsWhole === true ? 1 : null
}

type CodeValues = Readonly<Omit<CodesTable, 'consumed_at'>>

const codeInsert = onceForEach(({ db }) =>
  template<unknown, CodeValues>((parameter) =>
    db
      .insertInto('codes')
      .values({
        digest: parameter('digest'),
        client_id: parameter('client_id'),
        grant_id: parameter('grant_id'),
        redirect_uri: parameter('redirect_uri'),
        challenge: parameter('challenge'),
        nonce: parameter('nonce'),
        issued_at: parameter('issued_at'),
        expires_at: parameter('expires_at'),
      })
      .compile(),
  ),
)

function* insertCode(dialect: Dialect, code: NewCode): Act<void> {
  yield codeInsert(dialect)({
    digest: code.digest,
    client_id: code.clientId,
    grant_id: code.grantId,
    redirect_uri: code.redirectUri,
    challenge: code.challenge ?? '',
    nonce: code.nonce ?? null,
    issued_at: code.issuedAt,
    expires_at: code.expiresAt,
  })
}
