/** Looking up the credential a caller presented: one statement, compiled once. */
import type { FoundKey } from '@latchwork/api-keys'
import {
  type CredentialRecord,
  covers,
  type Environment,
  goOn,
  type KeyKind,
  type Lifeline,
  type Metadata,
  type NamedLimit,
  type Soon,
} from '@latchwork/kernel'
import { CONNECTED_KEY_SCOPE } from '@latchwork/oauth'
import { sql } from 'kysely'
import { flag } from '../alive.ts'
import { wordsOf } from '../columns.ts'
import type { Engine } from '../engine.ts'
import type { Flag, Json } from '../tables.ts'
import { listTemplate, template } from '../template.ts'
import { fromPurse } from './key-rows.ts'

interface KeyCredentialRow {
  readonly id: string
  readonly digest: string
  readonly accountId: string
  readonly kind: KeyKind
  readonly environment: Environment
  readonly scopes: Json
  readonly roles: Json
  readonly networks: Json
  readonly limits: Json
  readonly credits: number | null
  readonly fingerprint: string
  readonly notBefore: number | null
  readonly expiresAt: number | null
  /** The person behind a personal access token, or behind the consent a key was born from. */
  readonly personId: string | null
  readonly consentId: string | null
  readonly grantId: string | null
  readonly clientId: string | null
  readonly clientScopes: Json | null
  readonly startsOverlapOf: string | null
  readonly externalId: string | null
  readonly metadata: Json | null
  readonly disabledAt: number | null
  readonly alive: Flag
}

interface RootKeyRow {
  readonly id: string
  readonly scopes: Json
  readonly fingerprint: string
  readonly alive: Flag
}

export function credentialReads(engine: Engine) {
  const { dialect, read } = engine
  const { db } = dialect
  const keyByDigests = keyLookUp(engine)
  const rootKeyByDigest = template<RootKeyRow, { digest: string }>((parameter) =>
    db
      .selectFrom('root_keys')
      .select(['id', 'scopes', 'fingerprint', flag(sql`revoked_at is null`).as('alive')])
      .where('digest', '=', parameter('digest'))
      .compile(),
  )
  return {
    findKeyByDigest: keyByDigests,
    async findRootKeyByDigest(digest: string): Promise<CredentialRecord | undefined> {
      const [row] = await read(rootKeyByDigest({ digest }))
      return row && rootKeyRecord(row)
    },
  }
}

/** Leaves out whether it is stopped: what has ended is not merely that. A personal access token is good for an account as long as its person is a member there. */
const HAS_NOT_ENDED = sql<boolean>`api_keys.revoked_at is null and accounts.disabled_at is null and users.disabled_at is null
  and consents.ended_at is null and clients.disabled_at is null
  and (api_keys.user_id is null or members.user_id is not null)`

/** One digest, or as many as there are peppers: one statement for each number of them. */
function keyLookUp({ dialect, read }: Engine) {
  const statements = new Map<number, ReturnType<typeof statementFor>>()
  function statementFor(count: number) {
    return listTemplate<KeyCredentialRow>(count, (digests) =>
      dialect.db
        .selectFrom('api_keys')
        .innerJoin('accounts', 'accounts.id', 'api_keys.account_id')
        .leftJoin('consents', 'consents.id', 'api_keys.consent_id')
        .leftJoin('clients', 'clients.id', 'consents.client_id')
        .leftJoin('users', (join) => join.on('users.id', '=', sql`coalesce(api_keys.user_id, consents.user_id)`))
        .leftJoin('members', (join) => join.onRef('members.account_id', '=', 'api_keys.account_id').onRef('members.user_id', '=', 'api_keys.user_id'))
        .select([
          'api_keys.id as id',
          'api_keys.digest as digest',
          'api_keys.account_id as accountId',
          'api_keys.kind as kind',
          'api_keys.environment as environment',
          'api_keys.scopes as scopes',
          'api_keys.roles as roles',
          'api_keys.networks as networks',
          'api_keys.limits as limits',
          fromPurse('credits').as('credits'),
          'api_keys.fingerprint as fingerprint',
          'api_keys.not_before as notBefore',
          'api_keys.expires_at as expiresAt',
          'api_keys.consent_id as consentId',
          'api_keys.grant_id as grantId',
          'api_keys.starts_overlap_of as startsOverlapOf',
          'api_keys.external_id as externalId',
          'api_keys.metadata as metadata',
          'api_keys.disabled_at as disabledAt',
          'users.id as personId',
          'clients.id as clientId',
          'clients.scopes as clientScopes',
          flag(HAS_NOT_ENDED).as('alive'),
        ])
        .where('api_keys.digest', 'in', digests)
        .compile(),
    )
  }
  return (...digests: readonly string[]): Soon<FoundKey | undefined> => {
    let statement = statements.get(digests.length)
    if (statement === undefined) {
      statement = statementFor(digests.length)
      statements.set(digests.length, statement)
    }
    return goOn(read(statement(digests)), (rows) => {
      const [row, ...others] = rows.length < 2 ? rows : rows.toSorted(byEnd)
      return row && (others.length === 0 ? foundKey(row) : foundWith(row, others))
    })
  }
}

/** Two rows of one text, under two peppers: it ends with either. */
function foundWith(row: KeyCredentialRow, others: readonly KeyCredentialRow[]): FoundKey {
  const found = foundKey(row)
  return { ...found, record: { ...found.record, livesBy: [...found.record.livesBy, ...others.flatMap(lifelinesOf)] } }
}

/** What was ended comes first, then what ends first. */
function byEnd(a: KeyCredentialRow, b: KeyCredentialRow): number {
  return a.alive - b.alive || endOf(a) - endOf(b)
}

/** Finite, so that two without an end can be compared. */
function endOf({ expiresAt }: KeyCredentialRow): number {
  return expiresAt ?? Number.MAX_SAFE_INTEGER
}

function foundKey(row: KeyCredentialRow): FoundKey {
  const { kind, digest } = row
  // What a person consented to is scopes; a role means what the configuration says today, and could grow beyond it (K17).
  return { record: keyRecord(row), kind, digest, roles: row.consentId === null ? wordsOf(row.roles) : NO_ROLES }
}

const NO_ROLES: readonly string[] = Object.freeze([])
const EVERY_API: readonly string[] = Object.freeze([])

/** Member by member: this is made at every look-up, and copies of copies cost as much as the statement. */
function keyRecord(row: KeyCredentialRow): CredentialRecord {
  const rights = row.clientScopes === null ? undefined : wordsOf(row.clientScopes)
  const hasEnded = row.alive === 0 || (rights !== undefined && row.grantId !== null && !rights.includes(CONNECTED_KEY_SCOPE))
  const isStopped = row.disabledAt !== null && !hasEnded
  const record: Writable<CredentialRecord> = { principal: keyPrincipal(row, rights), alive: !hasEnded && !isStopped, livesBy: lifelinesOf(row) }
  if (isStopped) record.disabled = true
  if (row.notBefore !== null) record.notBefore = row.notBefore
  if (row.networks !== '[]') record.networks = wordsOf(row.networks)
  if (row.limits !== '[]') record.limits = JSON.parse(row.limits) as readonly NamedLimit[]
  if (row.credits !== null) record.hasCredits = true
  if (row.startsOverlapOf !== null) record.startsOverlap = true
  if (record.limits !== undefined || record.hasCredits !== undefined) record.metered = true
  return record
}

/** @param rights of the client that has the key from a consent: what was taken from it, its keys no longer carry (K17). */
function keyPrincipal(row: KeyCredentialRow, rights: readonly string[] | undefined): CredentialRecord['principal'] {
  const scopes = wordsOf(row.scopes)
  const principal: Writable<CredentialRecord['principal']> = {
    mechanism: 'api_key',
    subject: row.personId ?? row.id,
    accountId: row.accountId,
    environment: row.environment,
    scopes: rights === undefined ? scopes : scopes.filter((scope) => covers(rights, scope)),
    audience: EVERY_API,
    credentialId: row.id,
    fingerprint: row.fingerprint,
  }
  if (row.personId !== null) principal.userId = row.personId
  if (row.clientId !== null) principal.clientId = row.clientId
  if (row.expiresAt !== null) principal.expiresAt = row.expiresAt
  if (row.externalId !== null) principal.externalId = row.externalId
  if (row.metadata !== null) principal.metadata = Object.freeze(JSON.parse(row.metadata) as Metadata)
  return principal
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }

function lifelinesOf({ id, accountId, personId, consentId, grantId, clientId }: KeyCredentialRow): readonly Lifeline[] {
  const lines: Lifeline[] = [`key:${id}`, `account:${accountId}`]
  if (personId !== null) lines.push(`user:${personId}`)
  if (consentId !== null) lines.push(`consent:${consentId}`)
  if (grantId !== null) lines.push(`grant:${grantId}`)
  if (clientId !== null) lines.push(`client:${clientId}`, `client_rights:${clientId}`)
  return lines
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
