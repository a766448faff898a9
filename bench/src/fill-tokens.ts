/** A store with many access tokens in it, written past the server while it is down: made by the bench alone, never a way into a real one. */
import { randomFillSync } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { base62OfNumber, fingerprintOf, mintTimedToken, newId, timedDigestOf } from '../../packages/kernel/src/index.ts'

const DATABASE = 'latchwork.db'
const ROWS_A_COMMIT = 1_000_000
const CACHE_KIBIBYTES = 200_000
const MINUTE_MS = 60_000
/** Expired so long ago that the server removes them. */
const OLDEST_MS = 25 * 60 * MINUTE_MS
const EXPIRED_MS = 3 * 60 * MINUTE_MS
/** Live ones were issued since, and live on for the whole run. */
const LIVE_MS = 20 * MINUTE_MS

type Row = Record<string, string | number | null>

/**
 * Adds `expired` tokens that are expired and `live` ones that are not. Each is like the token the server wrote last, but for its id, its secret and its time.
 * @returns the raw tokens of `known` of the live ones, spread over all of them.
 */
export function fillTokens(folder: string, expired: number, live: number, known: number): readonly string[] {
  const database = new DatabaseSync(join(folder, DATABASE), { enableForeignKeyConstraints: false })
  database.exec(`pragma journal_mode = memory; pragma synchronous = off; pragma cache_size = -${CACHE_KIBIBYTES}; begin`)
  const model = database.prepare('select * from access_tokens order by digest desc limit 1').get() as Row
  const lifetime = Number(model['expires_at']) - Number(model['issued_at'])
  const columns = Object.keys(model)
  const insert = database.prepare(`insert into access_tokens (${columns.join(', ')}) values (${columns.map((column) => `$${column}`).join(', ')})`)
  const now = Date.now()
  const texts: string[] = []
  const write = (issuedAt: number, text?: string): void => {
    const digest = text === undefined ? base62OfNumber(issuedAt, 9) + randomDigest() : timedDigestOf(text)
    const fingerprint = text === undefined ? model['fingerprint'] : fingerprintOf(text)
    insert.run({ ...model, id: newId('token', issuedAt), digest, fingerprint: fingerprint ?? null, issued_at: issuedAt, expires_at: issuedAt + lifetime })
  }
  const commitAt = (row: number): void => {
    if (row % ROWS_A_COMMIT === 0) database.exec('commit; begin')
  }
  for (let row = 1; row <= expired; row++) {
    write(now - lifetime - OLDEST_MS + Math.floor((row / expired) * (OLDEST_MS - EXPIRED_MS)))
    commitAt(row)
  }
  const stride = Math.max(1, Math.floor(live / known))
  for (let row = 1; row <= live; row++) {
    const issuedAt = now - LIVE_MS + Math.floor((row / live) * LIVE_MS)
    const text = row % stride === 0 && texts.length < known ? mintTimedToken('access_token', issuedAt).reveal() : undefined
    if (text !== undefined) texts.push(text)
    write(issuedAt, text)
    commitAt(row)
  }
  database.exec('commit; pragma journal_mode = wal')
  database.close()
  return texts
}

const DIGEST_BYTES = 32
const pool = Buffer.alloc(DIGEST_BYTES * 512)
let taken = pool.length

function randomDigest(): string {
  if (taken === pool.length) {
    randomFillSync(pool)
    taken = 0
  }
  taken += DIGEST_BYTES
  return pool.toString('base64url', taken - DIGEST_BYTES, taken)
}

/** How many access tokens there are. */
export function countTokens(folder: string): number {
  const database = new DatabaseSync(join(folder, DATABASE), { readOnly: true })
  const row = database.prepare('select count(*) as n from access_tokens').get()
  database.close()
  return Number(row?.['n'])
}
