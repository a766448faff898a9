/** One connection to the database file, with its prepared statements. */
import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite'
import type { CompiledQuery } from 'kysely'
import { checkParameters } from '../engine.ts'

/** How long a statement may stand waiting for another process; the event loop stands still meanwhile. */
const BUSY_TIMEOUT_MS = 500
const MAX_PREPARED = 500
/** 16 MB. A checkpoint writes each page once however often it is in the log, and syncs on the event loop: four times as seldom as SQLite would. */
const CHECKPOINT_AFTER_PAGES = 4000
/** Holds the inner pages of the indexes of ten million tokens, so that what a look-up reads from the file is its leaf. Taken as it is used. */
const CACHE_KIBIBYTES = 32_768

/** So long one view of the file serves everybody who reads: to begin and to end one costs as much as a look-up. What this connection writes is read at once. */
export const VIEW_MS = 5

export interface Connection {
  /** In the view of the file that is open, or a new one; what another process has committed meanwhile is seen up to 5 ms later. */
  readonly read: (query: CompiledQuery) => readonly unknown[]
  /** Lets the view go: before anything is written. */
  readonly endView: () => void
  /** Whether an act is under way. */
  readonly isWriting: () => boolean
  /** A statement of an act, between its `begin` and its `commit`. */
  readonly run: (query: CompiledQuery) => readonly unknown[]
  readonly execute: (sql: string) => void
  readonly inTransaction: () => boolean
  /** Changes with what other connections, of other processes too, have written to the file. */
  readonly foreignVersion: () => number
  /** Takes the write-ahead log up into the file, both brought to the disk, and begins another. Throws, as for a busy file, where somebody stands in the way. */
  readonly beginLogAnew: () => void
  readonly close: () => void
}

export function openWriter(path: string): Connection {
  const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true })
  return connectionOf(database, () => {
    const mode = database.prepare('pragma journal_mode = wal').get()?.['journal_mode']
    if (mode !== 'wal') throw new Error(`SQLite cannot keep a write-ahead log for ${path} (it offers "${mode}"): use a local disk`)
    database.exec('pragma synchronous = normal') // the log is brought to the disk before an act is answered (R2), but not here: wal-sync.ts
    database.exec(`pragma wal_autocheckpoint = ${CHECKPOINT_AFTER_PAGES}`)
  })
}

export function openReader(path: string): Connection {
  return connectionOf(new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS, readOnly: true }))
}

function connectionOf(database: DatabaseSync, configure: () => void = () => {}): Connection {
  const prepared = new Map<string, Prepared>()
  try {
    database.exec(`pragma cache_size = -${CACHE_KIBIBYTES}`)
    configure()
  } catch (error) {
    database.close()
    throw error
  }
  const version = database.prepare('pragma data_version')
  version.setReturnArrays(true)
  function prepare(text: string): Prepared {
    const known = prepared.get(text)
    if (known !== undefined) return known
    if (prepared.size >= MAX_PREPARED) prepared.clear()
    const fresh = preparedOf(database.prepare(text))
    prepared.set(text, fresh)
    return fresh
  }
  let view: NodeJS.Timeout | undefined
  const execute = (text: string): void => void prepare(text).statement.run()
  function run(query: CompiledQuery): readonly unknown[] {
    checkParameters(query.parameters)
    const { statement, rowOf } = prepare(query.sql)
    const rows = statement.all(...(query.parameters as readonly SQLInputValue[])) as unknown as readonly SQLOutputValue[][]
    return rows.map(rowOf)
  }
  function endView(): void {
    if (view === undefined) return
    clearTimeout(view)
    view = undefined
    execute('commit')
  }
  /** If that fails, nobody waits for it: whoever writes next finds it open, and opens the file anew. */
  function endViewInTime(): void {
    try {
      endView()
    } catch {}
  }
  return {
    read(query) {
      if (view === undefined) {
        execute('begin')
        view = setTimeout(endViewInTime, VIEW_MS).unref()
      }
      return run(query)
    },
    endView,
    isWriting: () => view === undefined && database.isTransaction,
    run,
    execute,
    inTransaction: () => database.isTransaction,
    beginLogAnew() {
      const { busy } = database.prepare('pragma wal_checkpoint(truncate)').get() as { readonly busy: number }
      if (busy !== 0) throw Object.assign(new Error('another process reads the log'), { errcode: SQLITE_BUSY })
    },
    foreignVersion: () => (version.get() as unknown as readonly number[])[0] as number,
    close() {
      clearTimeout(view)
      prepared.clear()
      database.close()
    },
  }
}

interface Prepared {
  readonly statement: StatementSync
  readonly rowOf: (values: readonly SQLOutputValue[]) => unknown
}

/** Rows come as arrays and are made objects here: node:sqlite makes each name of each row anew, which takes longer than a look-up. */
function preparedOf(statement: StatementSync): Prepared {
  statement.setReturnArrays(true)
  let rowOf: Prepared['rowOf'] = (first) => {
    rowOf = rowMaker(statement.columns().map(({ name }) => name))
    return rowOf(first)
  }
  return { statement, rowOf: (values) => rowOf(values) }
}

/**
 * Writes the object as a literal: written name by name, a row of twenty columns takes 2 µs, so 0.05 (decision 0030). The names are those of our own statements.
 */
function rowMaker(names: readonly string[]): (values: readonly SQLOutputValue[]) => Row {
  const members = names.map((name, column) => `${JSON.stringify(name)}: values[${column}]`)
  return new Function('values', `return { ${members.join(', ')} }`) as (values: readonly SQLOutputValue[]) => Row
}

type Row = Record<string, SQLOutputValue>

const SQLITE_BUSY = 5
/** Result codes that speak of the file, the disk or another process, and not of the statement. */
const OUTER_CODES = new Map([
  [SQLITE_BUSY, 'busy'],
  [6, 'locked'],
  [7, 'out of memory'],
  [8, 'read-only'],
  [9, 'interrupted'],
  [10, 'input or output failed'],
  [11, 'damaged'],
  [13, 'full'],
  [14, 'cannot be opened'],
  [15, 'locking failed'],
  [26, 'not a database'],
])

/** Whether the database, not the statement, is at fault. */
export function isOuterFailure(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { errcode, code } = error as Error & { errcode?: number; code?: string }
  return (errcode !== undefined && OUTER_CODES.has(errcode & 0xff)) || (code !== undefined && /^E[A-Z]+$/.test(code))
}
