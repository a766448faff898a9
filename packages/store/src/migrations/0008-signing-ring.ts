/** The life of signing keys: what comes next, what is current, and until when what retired stays published. */
import { type CompiledQuery, sql } from 'kysely'
import type { Dialect } from '../engine.ts'

export function signingRing({ db }: Dialect): readonly CompiledQuery[] {
  const { schema } = db
  const keys = () => schema.alterTable('signing_keys')
  return [
    keys().addColumn('state', 'text', (column) => column.notNull().defaultTo('current')),
    keys().addColumn('activates_at', 'bigint', (column) => column.notNull().defaultTo(0)),
    keys().addColumn('retired_at', 'bigint'),
    keys().addColumn('published_until', 'bigint'),
    keys().addColumn('withdrawn_at', 'bigint'),
    db.updateTable('signing_keys').set((eb) => ({ activates_at: eb.ref('created_at') })),
    schema.dropIndex('one_current_key'),
    keys().dropColumn('is_current'),
    // One key signs and one waits, however many nodes rotate at once.
    schema.createIndex('one_key_of_a_kind').unique().on('signing_keys').columns(['algorithm', 'state']).where(sql.ref('state'), 'in', sql`('current', 'next')`),
  ].map((statement) => statement.compile())
}
