/** The disk's limit: one small row inserted into SQLite and on the disk before the next (WAL, `synchronous=FULL`). */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sayReady, serveLoop, settingsOf } from './ready.ts'

const { folder } = settingsOf<{ readonly folder: string }>()
const database = new DatabaseSync(join(folder, 'bare-insert.db'))
database.exec(
  'pragma journal_mode = wal; pragma synchronous = full; create table row (id text primary key, digest text not null unique, data text not null) strict',
)
const insert = database.prepare('insert into row values (?, ?, ?)')
const data = 'x'.repeat(300)
const BATCH = 10

serveLoop(BATCH, () => {
  for (let i = 0; i < BATCH; i++) insert.run(randomBytes(12).toString('base64url'), randomBytes(32).toString('base64url'), data)
})
sayReady({ origin: 'none' })
