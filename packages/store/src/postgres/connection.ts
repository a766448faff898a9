/** How we connect: bounded times everywhere, and 64-bit integers as numbers (epoch milliseconds and row numbers stay below 2^53). */
import { hash } from 'node:crypto'
import type { CompiledQuery } from 'kysely'
import pg from 'pg'
import { checkParameters } from '../engine.ts'

const INT8 = 20

/** How long a call may wait for a connection, and its statement for a row, unless said otherwise. */
export const WAIT_MS = 2_000
const STATEMENT_ALLOWANCE_MS = 1_000
const ANSWER_ALLOWANCE_MS = 1_000

/** The parsers of our own connections alone: the driver's table is shared with everyone in the process. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text') => (oid === INT8 ? Number : pg.types.getTypeParser(oid, format))) as typeof pg.types.getTypeParser,
}

export function connectionSettings(url: string, waitMs = WAIT_MS): pg.ClientConfig {
  const statementTimeoutMs = waitMs + STATEMENT_ALLOWANCE_MS
  return {
    connectionString: url,
    application_name: 'latchwork',
    connectionTimeoutMillis: waitMs,
    statement_timeout: statementTimeoutMs,
    // For a peer that says nothing any more: the server's own limit has passed by then.
    query_timeout: statementTimeoutMs + ANSWER_ALLOWANCE_MS,
    // A node that stands still, or that nobody hears any more, keeps rows and the lock of the feed from the others no longer than they wait for them.
    idle_in_transaction_session_timeout: statementTimeoutMs,
    keepAlive: true,
    types,
  }
}

export type Querying = Pick<pg.ClientBase, 'query'>

const names = new Map<string, string>()
const PREPARED_KINDS = new Set(['SelectQueryNode', 'InsertQueryNode', 'UpdateQueryNode', 'DeleteQueryNode'])
const MAX_NAMES = 500

/** Statements of ours are prepared once per connection, under a name made of their text. */
function nameOf(query: CompiledQuery): string | undefined {
  if (!PREPARED_KINDS.has(query.query.kind)) return undefined
  const known = names.get(query.sql)
  if (known !== undefined || names.size >= MAX_NAMES) return known
  const name = `lw_${hash('sha256', query.sql, 'hex').slice(0, 24)}`
  names.set(query.sql, name)
  return name
}

export async function rowsFrom<R>(connection: Querying, query: CompiledQuery<R>, statementTimeoutMs?: number): Promise<readonly R[]> {
  checkParameters(query.parameters)
  const name = nameOf(query)
  const answer = await connection.query({
    text: query.sql,
    values: [...query.parameters],
    ...(name === undefined ? {} : { name }),
    ...(statementTimeoutMs === undefined ? {} : { query_timeout: statementTimeoutMs + ANSWER_ALLOWANCE_MS }),
  })
  return answer.rows as R[]
}
