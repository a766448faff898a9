/** The applications that may act for a person: listed with what is known of them, taken back, their use noted in batches (O17). */
import type { Journal, Page, PageRequest } from '@latchwork/kernel'
import type { ApplicationsStore, ConnectedApplication, GrantUse } from '@latchwork/oauth'
import { type Act, rowOf, rowsOf } from '../act.ts'
import { present } from '../columns.ts'
import { isBelow, parseTimedPlace, timedPageOf } from '../cursor.ts'
import type { Dialect, Engine } from '../engine.ts'
import { writeJournal } from '../journal.ts'
import { withKeyChanges } from '../keys/changed-keys.ts'
import { endKeysOfConsent } from '../keys/connected-keys.ts'
import { onceForEach, template } from '../template.ts'
import { clientColumns, clientOf, consentOf } from './client-rows.ts'

export function applicationsStore(engine: Engine): ApplicationsStore {
  const { dialect, act } = engine
  return {
    listApplications: (userId, page) => listApplications(engine, userId, page),
    endConsent: (consentId, userId, now, journal) => act(() => endConsent(dialect, consentId, userId, now, journal)),
    noteGrantUse: (uses) => act(() => noteGrantUse(dialect, uses)),
  }
}

async function listApplications({ dialect, read }: Engine, userId: string, page: PageRequest): Promise<Page<ConnectedApplication>> {
  let query = dialect.db
    .selectFrom('consents')
    .innerJoin('clients', 'clients.id', 'consents.client_id')
    .leftJoin('accounts', 'accounts.id', 'clients.account_id')
    .select([
      ...clientColumns,
      'consents.id as consentId',
      'consents.scopes as consentScopes',
      'consents.audience as consentAudience',
      'consents.given_at as givenAt',
      'consents.profile_is_whole as profileIsWhole',
      'accounts.name as accountName',
    ])
    .select(({ selectFrom }) =>
      selectFrom('grants')
        .select(({ fn }) => fn.max('grants.last_used_at').as('at'))
        .whereRef('grants.consent_id', '=', 'consents.id')
        .as('lastUsedAt'),
    )
    .where('consents.user_id', '=', userId)
    .where('consents.ended_at', 'is', null)
    .where('clients.disabled_at', 'is', null)
    .orderBy('consents.given_at', 'desc')
    .orderBy('consents.id', 'desc')
    .limit(page.limit + 1)
  for (const condition of isBelow('consents', parseTimedPlace('consents', page), 'given_at')) query = query.where(condition)
  const placeOf = ({ givenAt, consentId }: { readonly givenAt: number; readonly consentId: string }) => ({ at: givenAt, id: consentId })
  return timedPageOf('consents', await read(query.compile()), page.limit, placeOf, (row): ConnectedApplication => {
    const { consentId: id, id: clientId, consentScopes, consentAudience, givenAt, profileIsWhole, accountName, lastUsedAt } = row
    const consent = consentOf({ id, userId, clientId, scopes: consentScopes, audience: consentAudience, givenAt, profileIsWhole })
    return { consent, client: clientOf(row), ...present({ accountName, lastUsedAt: lastUsedAt === null ? null : Number(lastUsedAt) }) }
  })
}

function* endConsent(dialect: Dialect, consentId: string, userId: string, now: number, journal: Journal): Act<boolean> {
  const { db } = dialect
  const ended = yield* rowOf(
    db
      .updateTable('consents')
      .set({ ended_at: now })
      .where('id', '=', consentId)
      .where('user_id', '=', userId)
      .where('ended_at', 'is', null)
      .returning('id')
      .compile(),
  )
  if (ended === undefined) return false
  const grants = yield* rowsOf(
    db
      .updateTable('grants')
      .set({ ended_at: now, ended_reason: 'consent_ended' })
      .where('consent_id', '=', consentId)
      .where('ended_at', 'is', null)
      .returning('id')
      .compile(),
  )
  const keys = yield* endKeysOfConsent(dialect, consentId, now)
  const until = Math.max(now, ...journal.revocations.map((revocation) => revocation.until))
  const revocations = [...journal.revocations, ...grants.map(({ id }) => ({ lifeline: `grant:${id}` as const, at: now, until }))]
  yield* writeJournal(dialect, withKeyChanges({ ...journal, revocations }, keys))
  return true
}

const laterUse = onceForEach(({ db }) =>
  template<unknown, { grantId: string; at: number }>((parameter) =>
    db
      .updateTable('grants')
      .set({ last_used_at: parameter('at') })
      .where('id', '=', parameter('grantId'))
      .where(({ or, eb }) => or([eb('last_used_at', 'is', null), eb('last_used_at', '<', parameter('at'))]))
      .compile(),
  ),
)

function* noteGrantUse(dialect: Dialect, uses: readonly GrantUse[]): Act<void> {
  for (const { grantId, at } of uses) yield laterUse(dialect)({ grantId, at })
}
