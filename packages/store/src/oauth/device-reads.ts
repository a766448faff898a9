/** Devices as their two parties meet them: the device that polls, and the person who entered its code. */
import type { DeviceDecision, DeviceRecord, NewDevice, OpenedDevice } from '@latchwork/oauth'
import { flag, grantIsAlive } from '../alive.ts'
import { type GrantRow, grantColumns, grantOf } from '../authority/grant-rows.ts'
import { present, wordsOf } from '../columns.ts'
import type { Engine } from '../engine.ts'
import type { Flag, Json } from '../tables.ts'
import { template } from '../template.ts'
import { type ClientRow, clientColumns, clientOf } from './client-rows.ts'

const deviceColumns = [
  'device_codes.digest as digest',
  'device_codes.user_code as userCode',
  'device_codes.client_id as clientId',
  'device_codes.scopes as deviceScopes',
  'device_codes.left_out as leftOut',
  'device_codes.audience as deviceAudience',
  'device_codes.issued_at as issuedAt',
  'device_codes.expires_at as expiresAt',
  'device_codes.interval_ms as intervalMs',
  'device_codes.address as address',
  'device_codes.decision as decision',
] as const

interface DeviceRow {
  readonly digest: string
  readonly userCode: string
  readonly clientId: string
  readonly deviceScopes: Json
  readonly leftOut: Json | null
  readonly deviceAudience: Json
  readonly issuedAt: number
  readonly expiresAt: number
  readonly intervalMs: number
  readonly address: string | null
  readonly decision: DeviceDecision | null
}

type Nullable<T> = { readonly [K in keyof T]: T[K] | null }
type PollRow = DeviceRow & Nullable<GrantRow> & { readonly consumedAt: number | null; readonly alive: Flag }

export function deviceReads({ dialect, read }: Engine) {
  const byDigest = template<PollRow, { digest: string }>((parameter) =>
    dialect.db
      .selectFrom('device_codes')
      .leftJoin('grants', 'grants.id', 'device_codes.grant_id')
      .select([...deviceColumns, ...grantColumns, 'device_codes.consumed_at as consumedAt', flag(grantIsAlive(dialect, 'device_codes.grant_id')).as('alive')])
      .where('device_codes.digest', '=', parameter('digest'))
      .compile(),
  )
  return {
    async findDevice(digest: string): Promise<DeviceRecord | undefined> {
      const [row] = await read(byDigest({ digest }))
      if (row === undefined) return undefined
      const grant = row.grantId === null ? null : grantOf(row as GrantRow)
      return { ...deviceOf(row), alive: row.alive === 1, ...present({ grant, consumedAt: row.consumedAt }) }
    },
    async findOpenedDevice(userCode: string, userId: string): Promise<OpenedDevice | undefined> {
      const query = dialect.db
        .selectFrom('device_codes')
        .innerJoin('clients', 'clients.id', 'device_codes.client_id')
        .select([...clientColumns, ...deviceColumns])
        .where('user_code', '=', userCode)
        .where('opened_by', '=', userId)
      const [row] = (await read(query.compile())) as readonly (DeviceRow & ClientRow)[]
      return row && { ...deviceOf(row), client: clientOf(row) }
    },
  }
}

function deviceOf(row: DeviceRow): NewDevice & { readonly decision?: DeviceDecision } {
  const { digest, userCode, clientId, issuedAt, expiresAt, intervalMs, address, decision } = row
  const known = { digest, userCode, clientId, issuedAt, expiresAt, intervalMs, ...present({ address, decision }) }
  return { ...known, scopes: wordsOf(row.deviceScopes), leftOut: wordsOf(row.leftOut ?? '[]'), audience: wordsOf(row.deviceAudience) }
}
