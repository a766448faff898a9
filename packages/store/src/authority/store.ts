/** The port of `authority`. */
import type { AccessTokenRecord, AuthorityStore } from '@latchwork/authority'
import { goOn } from '@latchwork/kernel'
import { clientIsAlive, flag, grantIsAlive } from '../alive.ts'
import { present, wordsOf } from '../columns.ts'
import type { Dialect, Engine } from '../engine.ts'
import { remembered } from '../remembered.ts'
import type { Flag, Json } from '../tables.ts'
import { template } from '../template.ts'
import { bringConfiguredInLine } from './configured.ts'
import { endAccessToken, endGrant, endSelfContainedToken, removeOverEndings } from './end.ts'
import { accessTokenByDigest, accessTokenRecord, type RightsRow, rightsColumns, rightsOf } from './find-access-token.ts'
import { type GrantRow, grantColumns, grantOf } from './grant-rows.ts'
import { retryRefreshToken, rotateRefreshToken } from './rotate-refresh-token.ts'

/** What an access token's record is made of. Each row of them is there before the token is. */
const TABLES_OF_ACCESS_TOKENS = ['access_tokens', 'grants', 'clients', 'users', 'accounts', 'login_sessions', 'consents']

export function authorityStore(engine: Engine): AuthorityStore {
  const { dialect, read, act } = engine
  const refreshToken = refreshTokenByDigest(dialect)
  const accessToken = accessTokenByDigest(dialect)
  const grant = grantById(dialect)
  const living = selfContainedAlive(dialect)
  const findAccessToken = remembered<AccessTokenRecord>(
    engine,
    TABLES_OF_ACCESS_TOKENS,
    (digest) => goOn(read(accessToken({ digest })), ([row]) => row && accessTokenRecord(row)),
    'changes',
  )
  return {
    rotateRefreshToken: (rotation, journal) => act(() => rotateRefreshToken(dialect, rotation, journal)),
    retryRefreshToken: (retry, journal) => act(() => retryRefreshToken(dialect, retry, journal)),
    endGrant: (grantId, reason, now, journal) => act(() => endGrant(dialect, grantId, reason, now, journal)),
    endAccessToken: (digest, now, journal) => act(() => endAccessToken(dialect, digest, now, journal)),
    endSelfContainedToken: (token, now, journal) => act(() => endSelfContainedToken(dialect, token, now, journal)),
    removeOverEndings: (before, limit) => act(() => removeOverEndings(dialect, before, limit)),
    async findRightsBehind({ id, clientId, grantId, scopes }) {
      if (grantId === undefined) {
        const [client] = await read(living.ofClient({ id, clientId }))
        return client && rightsOf(client)
      }
      const [grant] = await read(living.ofGrant({ id, clientId, grantId }))
      const left = grant && wordsOf(grant.scopes)
      return left !== undefined && scopes.every((scope) => left.includes(scope)) ? rightsOf(grant as GrantRights) : undefined
    },
    async findRefreshToken(digest) {
      const [row] = await read(refreshToken({ digest }))
      if (row === undefined) return undefined
      const { grantId, generation, issuedAt, expiresAt, consumedAt } = row
      return { digest, grantId, generation, issuedAt, expiresAt, grant: grantOf(row), alive: row.alive === 1, ...present({ consumedAt }) }
    },
    async findGrant(grantId) {
      const [row] = await read(grant({ grantId }))
      return row && { ...grantOf(row), alive: row.alive === 1 }
    },
    findAccessToken: async (digest) => findAccessToken(digest),
    bringConfiguredInLine: (decide) => act(() => bringConfiguredInLine(dialect, decide)),
  }
}

interface RefreshTokenRow extends GrantRow {
  readonly generation: number
  readonly issuedAt: number
  readonly expiresAt: number
  readonly consumedAt: number | null
  readonly alive: Flag
}

function refreshTokenByDigest(dialect: Dialect) {
  return template<RefreshTokenRow, { digest: string }>((parameter) =>
    dialect.db
      .selectFrom('refresh_tokens')
      .innerJoin('grants', 'grants.id', 'refresh_tokens.grant_id')
      .select(grantColumns)
      .select([
        'refresh_tokens.generation as generation',
        'refresh_tokens.issued_at as issuedAt',
        'refresh_tokens.expires_at as expiresAt',
        'refresh_tokens.consumed_at as consumedAt',
        flag(grantIsAlive(dialect, 'refresh_tokens.grant_id')).as('alive'),
      ])
      .where('refresh_tokens.digest', '=', parameter('digest'))
      .compile(),
  )
}

interface GrantRights extends RightsRow {
  readonly scopes: Json
}

/** A row, if the client is alive, the grant too where there is one, and the token itself has not ended; with the client's rights and the grant's scopes. */
function selfContainedAlive(dialect: Dialect) {
  const livingClient = (clientId: string, tokenId: string) =>
    dialect.db
      .selectFrom('clients')
      .select(rightsColumns)
      .where('clients.id', '=', clientId)
      .where(clientIsAlive(dialect, 'clients.id'))
      .where((eb) => eb.not(eb.exists(eb.selectFrom('ended_tokens').select('ended_tokens.id').where('ended_tokens.id', '=', tokenId))))
  return {
    ofClient: template<RightsRow, { id: string; clientId: string }>((parameter) => livingClient(parameter('clientId'), parameter('id')).compile()),
    ofGrant: template<GrantRights, { id: string; clientId: string; grantId: string }>((parameter) =>
      livingClient(parameter('clientId'), parameter('id'))
        .innerJoin('grants', 'grants.client_id', 'clients.id')
        .select('grants.scopes as scopes')
        .where('grants.id', '=', parameter('grantId'))
        .where(grantIsAlive(dialect, 'grants.id'))
        .compile(),
    ),
  }
}

function grantById(dialect: Dialect) {
  return template<GrantRow & { readonly alive: Flag }, { grantId: string }>((parameter) =>
    dialect.db
      .selectFrom('grants')
      .select(grantColumns)
      .select(flag(grantIsAlive(dialect, 'grants.id')).as('alive'))
      .where('grants.id', '=', parameter('grantId'))
      .compile(),
  )
}
