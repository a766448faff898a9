/** The port of `oauth`. */

import type { Page } from '@latchwork/kernel'
import type { Client, ClientFilter, OAuthStores } from '@latchwork/oauth'
import { type SqlBool, sql } from 'kysely'
import { actOnce } from '../act-once.ts'
import { flag, grantIsAlive } from '../alive.ts'
import { type GrantRow, grantColumns, grantOf } from '../authority/grant-rows.ts'
import { present } from '../columns.ts'
import { pageOf, parsePlace } from '../cursor.ts'
import type { Dialect, Engine } from '../engine.ts'
import { isNull, madeWithin, nameHas, stopOf } from '../list-filters.ts'
import type { Flag } from '../tables.ts'
import { template } from '../template.ts'
import { applicationsStore } from './applications.ts'
import { assertionStore } from './assertions.ts'
import { authorize } from './authorize.ts'
import { clientColumns, clientOf } from './client-rows.ts'
import { clientById, createClient, declareClient, disableClient } from './clients.ts'
import { consentReads } from './consents.ts'
import { deviceStore } from './devices.ts'
import { fixValue } from './fixed-value.ts'
import { logoutStore } from './logouts.ts'
import { issueClientToken, redeemCode } from './redeem-code.ts'
import { registrationStore } from './registrations.ts'
import { removeOverInitialTokens, removeOverSecrets } from './remove-ended.ts'
import { removeExpiredTokens } from './remove-expired.ts'
import { removeOverConsents, removeOverGrants, removeOverSessions } from './remove-over.ts'
import { removeUnusedRegistrations } from './remove-unused.ts'
import { rollClientSecret } from './roll-secret.ts'
import { updateClient } from './update-client.ts'

export function oauthStore(engine: Engine): OAuthStores {
  const { dialect, read, act } = engine
  const code = codeByDigest(dialect)
  return {
    ...consentReads(engine),
    ...applicationsStore(engine),
    ...deviceStore(engine),
    ...logoutStore(engine),
    findClient: clientById(engine),
    listClients: (page) => listClients(engine, page),
    createClient: (client, secretDigest, journal, terms = {}) => act(() => createClient(dialect, client, secretDigest, journal, terms)),
    updateClient: (before, after, now, journal, { secret, once } = {}) =>
      act(() => actOnce(dialect, once, () => updateClient(dialect, before, after, now, journal, secret))),
    rollClientSecret: (roll, journal, once) => act(() => rollClientSecret(dialect, roll, journal, once)),
    removeUnusedRegistrations: (before, limit, journalOf) => act(() => removeUnusedRegistrations(dialect, before, limit, journalOf)),
    removeExpiredTokens: (after, before, limit) => act(() => removeExpiredTokens(dialect, after, before, limit)),
    removeOverGrants: (after, before, limit) => act(() => removeOverGrants(dialect, after, before, limit)),
    removeOverSessions: (after, before, limit) => act(() => removeOverSessions(dialect, after, before, limit)),
    removeOverConsents: (after, before, limit) => act(() => removeOverConsents(dialect, after, before, limit)),
    removeOverSecrets: (before, limit) => act(() => removeOverSecrets(dialect, before, limit)),
    removeOverInitialTokens: (before, limit) => act(() => removeOverInitialTokens(dialect, before, limit)),
    ...registrationStore(engine),
    ...assertionStore(engine),
    declareClient: (client, secretDigests, now, journalOf) => act(() => declareClient(dialect, client, secretDigests, now, journalOf)),
    disableClient: (clientId, now, journal) => act(() => disableClient(dialect, clientId, now, journal)),
    authorize: (authorization, journal) => act(() => authorize(dialect, authorization, journal)),
    redeemCode: (redemption, journal) => act(() => redeemCode(dialect, redemption, journal)),
    issueClientToken: (clientId, accessToken, journal) => act(() => issueClientToken(dialect, clientId, accessToken, journal)),
    fixPairwiseSalt: (proposed) => act(() => fixValue(dialect, 'pairwise salt', proposed)),
    async findCode(digest) {
      const [row] = await read(code({ digest }))
      if (row === undefined) return undefined
      const { grantId, clientId, redirectUri, challenge, issuedAt, expiresAt, nonce, consumedAt } = row
      const known = { digest, grantId, clientId, redirectUri, issuedAt, expiresAt, ...present({ nonce, consumedAt, challenge: challenge || null }) }
      return { ...known, grant: grantOf(row), alive: row.alive === 1 }
    },
  }
}

async function listClients(engine: Engine, filter: ClientFilter): Promise<Page<Client>> {
  const { dialect, read } = engine
  const { ownerId, accountId, name, state, environment, profile, limit } = filter
  let rows = dialect.db.selectFrom('clients').where('seq', '<', parsePlace('clients', filter)).orderBy('seq', 'desc')
  if (ownerId !== undefined) rows = rows.where('owner_id', '=', ownerId)
  if (accountId !== undefined) rows = rows.where('account_id', '=', accountId)
  const filters = [
    ...madeWithin('clients.created_at', filter),
    ...(name === undefined ? [] : [nameHas(dialect, 'clients.name', name)]),
    ...(state === undefined ? [] : [isNull('clients.disabled_at', state === 'active')]),
    ...(environment === undefined ? [] : [sql<SqlBool>`clients.environment = ${environment}`]),
    ...(profile === undefined ? [] : [sql<SqlBool>`clients.profile = ${profile}`]),
  ]
  const end = await stopOf(engine, rows.select('seq'), filters)
  let query = rows.select(clientColumns).limit(limit + 1)
  if (end !== undefined) query = query.where('seq', '>=', end.seq)
  for (const condition of filters) query = query.where(condition)
  return pageOf('clients', await read(query.compile()), limit, clientOf, end)
}

interface CodeRow extends GrantRow {
  readonly clientId: string
  readonly redirectUri: string
  readonly challenge: string
  readonly nonce: string | null
  readonly issuedAt: number
  readonly expiresAt: number
  readonly consumedAt: number | null
  readonly alive: Flag
}

function codeByDigest(dialect: Dialect) {
  return template<CodeRow, { digest: string }>((parameter) =>
    dialect.db
      .selectFrom('codes')
      .innerJoin('grants', 'grants.id', 'codes.grant_id')
      .select(grantColumns)
      .select([
        'codes.client_id as clientId',
        'codes.redirect_uri as redirectUri',
        'codes.challenge as challenge',
        'codes.nonce as nonce',
        'codes.issued_at as issuedAt',
        'codes.expires_at as expiresAt',
        'codes.consumed_at as consumedAt',
        flag(grantIsAlive(dialect, 'codes.grant_id')).as('alive'),
      ])
      .where('codes.digest', '=', parameter('digest'))
      .compile(),
  )
}
