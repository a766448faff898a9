/** The port of `authority`. */
import type { AuthorityStore } from '@latchwork/authority'
import { flag, grantIsAlive } from '../alive.ts'
import { present } from '../columns.ts'
import type { Dialect, Engine } from '../engine.ts'
import type { Flag } from '../tables.ts'
import { template } from '../template.ts'
import { endAccessToken, endGrant } from './end.ts'
import { accessTokenByDigest, accessTokenRecord } from './find-access-token.ts'
import { type GrantRow, grantColumns, grantOf } from './grant-rows.ts'
import { rotateRefreshToken } from './rotate-refresh-token.ts'

export function authorityStore({ dialect, read, act }: Engine): AuthorityStore {
  const refreshToken = refreshTokenByDigest(dialect)
  const accessToken = accessTokenByDigest(dialect)
  const grant = grantById(dialect)
  return {
    rotateRefreshToken: (rotation, journal) => act(() => rotateRefreshToken(dialect, rotation, journal)),
    endGrant: (grantId, reason, now, journal) => act(() => endGrant(dialect, grantId, reason, now, journal)),
    endAccessToken: (tokenId, now, journal) => act(() => endAccessToken(dialect, tokenId, now, journal)),
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
    async findAccessToken(digest) {
      const [row] = await read(accessToken({ digest }))
      return row && accessTokenRecord(row)
    },
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
