/** Looking up the credential a caller presented: one statement, compiled once. */
import type { CredentialRecord, Environment, Lifeline, Principal } from '@latchwork/kernel'
import { sql } from 'kysely'
import { flag } from '../alive.ts'
import { present, wordsOf } from '../columns.ts'
import type { Engine } from '../engine.ts'
import type { Flag, Json } from '../tables.ts'
import { template } from '../template.ts'

interface KeyCredentialRow {
  readonly id: string
  readonly accountId: string
  readonly environment: Environment
  readonly scopes: Json
  readonly fingerprint: string
  readonly notBefore: number | null
  readonly expiresAt: number | null
  /** The person behind a personal access token. */
  readonly personId: string | null
  readonly alive: Flag
}

interface RootKeyRow {
  readonly id: string
  readonly scopes: Json
  readonly fingerprint: string
  readonly alive: Flag
}

export function credentialReads({ dialect, read }: Engine) {
  const { db } = dialect
  const keyByDigest = template<KeyCredentialRow, { digest: string }>((parameter) =>
    db
      .selectFrom('api_keys')
      .innerJoin('accounts', 'accounts.id', 'api_keys.account_id')
      .leftJoin('users', (join) => join.onRef('users.id', '=', 'api_keys.created_by').on('api_keys.kind', '=', sql.lit('pat')))
      .select([
        'api_keys.id as id',
        'api_keys.account_id as accountId',
        'api_keys.environment as environment',
        'api_keys.scopes as scopes',
        'api_keys.fingerprint as fingerprint',
        'api_keys.not_before as notBefore',
        'api_keys.expires_at as expiresAt',
        'users.id as personId',
        flag(sql`api_keys.revoked_at is null and accounts.disabled_at is null and users.disabled_at is null`).as('alive'),
      ])
      .where('api_keys.digest', '=', parameter('digest'))
      .compile(),
  )
  const rootKeyByDigest = template<RootKeyRow, { digest: string }>((parameter) =>
    db
      .selectFrom('root_keys')
      .select(['id', 'scopes', 'fingerprint', flag(sql`revoked_at is null`).as('alive')])
      .where('digest', '=', parameter('digest'))
      .compile(),
  )
  return {
    async findKeyByDigest(digest: string): Promise<CredentialRecord | undefined> {
      const [row] = await read(keyByDigest({ digest }))
      return row && keyRecord(row)
    },
    async findRootKeyByDigest(digest: string): Promise<CredentialRecord | undefined> {
      const [row] = await read(rootKeyByDigest({ digest }))
      return row && rootKeyRecord(row)
    },
  }
}

function keyRecord(row: KeyCredentialRow): CredentialRecord {
  const person: readonly Lifeline[] = row.personId === null ? [] : [`user:${row.personId}`]
  const principal: Omit<Principal, 'revocationFresh'> = {
    mechanism: 'api_key',
    subject: row.personId ?? row.id,
    accountId: row.accountId,
    environment: row.environment,
    scopes: wordsOf(row.scopes),
    audience: [],
    credentialId: row.id,
    fingerprint: row.fingerprint,
    ...present({ userId: row.personId, expiresAt: row.expiresAt }),
  }
  return { principal, alive: row.alive === 1, livesBy: [`key:${row.id}`, `account:${row.accountId}`, ...person], ...present({ notBefore: row.notBefore }) }
}

function rootKeyRecord(row: RootKeyRow): CredentialRecord {
  return {
    principal: {
      mechanism: 'root_key',
      subject: row.id,
      environment: 'live',
      scopes: wordsOf(row.scopes),
      audience: [],
      credentialId: row.id,
      fingerprint: row.fingerprint,
    },
    alive: row.alive === 1,
    livesBy: [`root_key:${row.id}`],
  }
}
