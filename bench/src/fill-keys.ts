/** A store with many API keys in it, written past the server while it is down: made by the bench alone, never a way into a real one. */
import { randomFillSync } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { digestOf, mintKey, newId } from '../../packages/kernel/src/index.ts'

const DATABASE = 'latchwork.db'
const ROWS_A_COMMIT = 100_000

/** Adds `count` restricted keys of an account; the raw keys of the first `known` of them are given back. */
export function fillKeys(folder: string, accountId: string, scope: string, count: number, known: number): readonly string[] {
  const database = new DatabaseSync(join(folder, DATABASE))
  database.exec('pragma synchronous = off; pragma cache_size = -1000000')
  const insert = database.prepare(
    `insert into api_keys (id, digest, account_id, kind, environment, name, scopes, fingerprint, is_primary, created_by, created_at)
     values (?, ?, ?, 'rk', 'live', 'filled', ?, 'rk_live_…0000', 0, 'bench', ?)`,
  )
  const scopes = JSON.stringify([scope])
  const now = Date.now()
  const texts = Array.from({ length: known }, () => mintKey('rk', 'live', 'lw').reveal())
  const bytes = Buffer.alloc(32)
  for (let row = 0; row < count; row++) {
    if (row % ROWS_A_COMMIT === 0) database.exec(row === 0 ? 'begin' : 'commit; begin')
    insert.run(newId('key', now), row < known ? digestOf(texts[row] as string) : spreadDigest(bytes, row, count), accountId, scopes, now)
  }
  database.exec('commit; pragma wal_checkpoint(truncate)')
  database.close()
  return texts
}

/** Digests spread evenly, in rising order: pages of the index are filled one after the other, so that ten million take minutes and not hours. */
function spreadDigest(bytes: Buffer, row: number, count: number): string {
  randomFillSync(bytes)
  bytes.writeUIntBE(Math.floor((row / count) * 2 ** 48), 0, 6)
  return bytes.toString('base64url')
}
