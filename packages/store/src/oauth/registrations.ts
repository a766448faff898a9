/** Registrations by their tokens, and the tokens that let clients register. */
import type { Journal, Page } from '@latchwork/kernel'
import type { InitialToken, OAuthStore } from '@latchwork/oauth'
import { type SqlBool, sql } from 'kysely'
import { type Act, rowOf } from '../act.ts'
import { actOnce } from '../act-once.ts'
import { present } from '../columns.ts'
import { pageOf, parsePlace } from '../cursor.ts'
import type { Dialect, Engine } from '../engine.ts'
import { writeJournal } from '../journal.ts'
import { madeWithin, nameHas, stopOf } from '../list-filters.ts'
import type { Flag } from '../tables.ts'
import { clientColumns, clientOf } from './client-rows.ts'

type RegistrationStore = Pick<OAuthStore, 'findRegistration' | 'createInitialToken' | 'findInitialToken' | 'listInitialTokens' | 'revokeInitialToken'>

const tokenColumns = [
  'seq',
  'id',
  'name',
  'fingerprint',
  'uses_left as usesLeft',
  'vouches',
  'created_at as createdAt',
  'expires_at as expiresAt',
  'revoked_at as revokedAt',
] as const

export function registrationStore(engine: Engine): RegistrationStore {
  const { dialect, read, act } = engine
  const { db } = dialect
  const tokens = db.selectFrom('initial_tokens').select(tokenColumns)
  return {
    async findRegistration(registrationDigest) {
      const [row] = await read(db.selectFrom('clients').select(clientColumns).where('registration_digest', '=', registrationDigest).compile())
      return row && clientOf(row)
    },
    createInitialToken: (token, digest, journal, once) => act(() => actOnce(dialect, once, () => createInitialToken(dialect, token, digest, journal))),
    async findInitialToken(digest) {
      const [row] = await read(tokens.where('digest', '=', digest).compile())
      return row && tokenOf(row)
    },
    listInitialTokens: (filter) => listInitialTokens(engine, filter),
    revokeInitialToken: (id, now, journal) => act(() => revokeInitialToken(dialect, id, now, journal)),
  }
}

interface TokenRow {
  readonly id: string
  readonly name: string
  readonly fingerprint: string
  readonly usesLeft: number | null
  readonly vouches: Flag | null
  readonly createdAt: number
  readonly expiresAt: number
  readonly revokedAt: number | null
}

function tokenOf({ id, name, fingerprint, usesLeft, vouches, createdAt, expiresAt, revokedAt }: TokenRow): InitialToken {
  return { id, name, fingerprint, createdAt, expiresAt, ...(vouches === 1 ? { vouches: true } : {}), ...present({ usesLeft, revokedAt }) }
}

async function listInitialTokens(engine: Engine, filter: Parameters<OAuthStore['listInitialTokens']>[0]): Promise<Page<InitialToken>> {
  const { dialect, read } = engine
  const { name, activeAt, limit } = filter
  const rows = dialect.db.selectFrom('initial_tokens').where('seq', '<', parsePlace('tokens', filter)).orderBy('seq', 'desc')
  const filters = [
    ...madeWithin('created_at', filter),
    ...(name === undefined ? [] : [nameHas(dialect, 'name', name)]),
    ...(activeAt === undefined ? [] : [sql<SqlBool>`(revoked_at is null and expires_at > ${activeAt} and (uses_left is null or uses_left > 0))`]),
  ]
  const end = await stopOf(engine, rows.select('seq'), filters)
  let query = rows.select(tokenColumns).limit(limit + 1)
  if (end !== undefined) query = query.where('seq', '>=', end.seq)
  for (const condition of filters) query = query.where(condition)
  return pageOf('tokens', await read(query.compile()), limit, tokenOf, end)
}

function* createInitialToken(dialect: Dialect, token: InitialToken, digest: string, journal: Journal): Act<InitialToken> {
  const { id, name, fingerprint, createdAt: created_at, expiresAt: expires_at } = token
  yield dialect.db
    .insertInto('initial_tokens')
    .values({
      id,
      digest,
      name,
      fingerprint,
      uses_left: token.usesLeft ?? null,
      vouches: token.vouches === true ? 1 : null,
      created_at,
      expires_at,
      revoked_at: null,
    })
    .compile()
  yield* writeJournal(dialect, journal)
  return token
}

function* revokeInitialToken(dialect: Dialect, id: string, now: number, journal: Journal): Act<boolean> {
  const revoked = yield* rowOf(
    dialect.db.updateTable('initial_tokens').set({ revoked_at: now }).where('id', '=', id).where('revoked_at', 'is', null).returning('id').compile(),
  )
  if (revoked === undefined) return false
  yield* writeJournal(dialect, journal)
  return true
}
