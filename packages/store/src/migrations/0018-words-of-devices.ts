/** What a device asked for and was left out: its refreshes may say it again. */
import type { CompiledQuery } from 'kysely'
import type { Dialect } from '../engine.ts'

export function wordsOfDevices({ db }: Dialect): readonly CompiledQuery[] {
  return [db.schema.alterTable('device_codes').addColumn('left_out', 'text').compile()]
}
