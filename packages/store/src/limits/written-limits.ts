/** What the limits of one node with SQLite have counted, written down: a row for each key, read once at start. */
import type { WrittenCounts, WrittenLimits } from '@latchwork/limits'
import { sql } from 'kysely'
import type { Act } from '../act.ts'
import type { Dialect, Engine } from '../engine.ts'
import { jsonRows } from '../key-use/json-rows.ts'

export function writtenLimits({ dialect, read, act }: Engine): WrittenLimits {
  const { db } = dialect
  return {
    async read(after, limit) {
      const rows = await read(db.selectFrom('limit_states').selectAll().where('key', '>', after).orderBy('key').limit(limit).compile())
      return rows.map(({ key, state }) => ({ key, tats: JSON.parse(state) as WrittenCounts['tats'] }))
    },
    write: (counts) => act(() => writeCounts(dialect, counts)),
    remove: (keys) => act(() => removeCounts(dialect, keys)),
  }
}

function* writeCounts(dialect: Dialect, counts: readonly WrittenCounts[]): Act<void> {
  const rows = counts.map(({ key, tats }) => [key, tats])
  yield sql`insert into limit_states (key, state) select r.key, r.state from ${jsonRows(dialect, { key: 'text', state: 'text' }, rows)} where true
    on conflict (key) do update set state = excluded.state`.compile(dialect.db)
}

function* removeCounts(dialect: Dialect, keys: readonly string[]): Act<void> {
  const rows = keys.map((key) => [key])
  yield sql`delete from limit_states where key in (select r.key from ${jsonRows(dialect, { key: 'text' }, rows)})`.compile(dialect.db)
}
