/** Which tables were written, and how often: counted by the text of the statements of every act that was committed. */

const WRITES = /\b(insert into|update|delete from)\s+"?([a-z_]+)"?/gi
/** An insert that changes the row it meets. */
const UPSERT = /\bdo update set\b|\binsert or replace\b/i

export interface Stamps {
  /** The statement is part of an act that has been committed. */
  readonly note: (sql: string) => void
  readonly of: (tables: readonly string[]) => string
  /** The same, but new rows do not count: what is there already is as it was. */
  readonly ofChanges: (tables: readonly string[]) => string
}

interface Written {
  readonly table: string
  /** Whether rows that were there may be other than before, or gone. */
  readonly isChange: boolean
}

export function countWrites(): Stamps {
  const writesOf = new Map<string, readonly Written[]>() // by the text of a statement; there are some hundreds
  const writes = new Map<string, number>()
  const changes = new Map<string, number>()
  return {
    note(sql) {
      let written = writesOf.get(sql)
      if (written === undefined) {
        written = readWrites(sql)
        if (writesOf.size >= MAX_TEXTS) writesOf.clear()
        writesOf.set(sql, written)
      }
      for (const { table, isChange } of written) {
        writes.set(table, (writes.get(table) ?? 0) + 1)
        if (isChange) changes.set(table, (changes.get(table) ?? 0) + 1)
      }
    },
    of: (tables) => tables.map((table) => writes.get(table) ?? 0).join('.'),
    ofChanges: (tables) => tables.map((table) => changes.get(table) ?? 0).join('.'),
  }
}

function readWrites(sql: string): readonly Written[] {
  return [...sql.matchAll(WRITES)].map(([, verb = '', table = '']) => ({ table, isChange: verb.toLowerCase() !== 'insert into' || UPSERT.test(sql) }))
}

const MAX_TEXTS = 2000
