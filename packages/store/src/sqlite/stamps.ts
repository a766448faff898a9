/** Which tables were written, and how often: counted by the text of the statements of every act that was committed. */

const WRITES = /\b(?:insert into|update|delete from)\s+"?([a-z_]+)"?/gi

export interface Stamps {
  /** The statement is part of an act that has been committed. */
  readonly note: (sql: string) => void
  readonly of: (tables: readonly string[]) => string
}

export function countWrites(): Stamps {
  const tablesOf = new Map<string, readonly string[]>() // by the text of a statement; there are some hundreds
  const counts = new Map<string, number>()
  return {
    note(sql) {
      let tables = tablesOf.get(sql)
      if (tables === undefined) {
        tables = [...sql.matchAll(WRITES)].map(([, table = '']) => table)
        if (tablesOf.size >= MAX_TEXTS) tablesOf.clear()
        tablesOf.set(sql, tables)
      }
      for (const table of tables) counts.set(table, (counts.get(table) ?? 0) + 1)
    },
    of: (tables) => tables.map((table) => counts.get(table) ?? 0).join('.'),
  }
}

const MAX_TEXTS = 2000
