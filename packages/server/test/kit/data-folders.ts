/**
 * Data folders with the tables and the signing keys that a first start would make: an RSA key takes as long as the rest of the start, and hundreds of tests start a server.
 * There are a few, and servers take turns, so that two of one test do not have each other's keys. Where a run of the tests has made none, each server makes its own.
 */
import { randomBytes } from 'node:crypto'
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openKeyRing, sealedVault } from '@latchwork/signing'
import { openStore } from '@latchwork/store'
import { placeMigrated, queryOnce } from '@latchwork/store/test-engines'
import { testSecretKey } from './test-secret.ts'

const FOLDERS = 3
const FILES = ['latchwork.db', 'secret.key']
/** The one under the secret key of servers on PostgreSQL. */
const ON_POSTGRES = 'postgres'
const DAY_MS = 86_400_000
const policy = { rotateEveryMs: 90 * DAY_MS, publishAheadMs: DAY_MS, keepPublishedMs: DAY_MS, ed25519Name: 'Ed25519' } as const

/** Makes them. @param within an empty folder, to be named in LATCHWORK_TEST_FOLDERS. */
export async function makeDataFolders(within: string): Promise<void> {
  const keys = new Map<string, Buffer>(Array.from({ length: FOLDERS }, (_, index) => [String(index), randomBytes(32)]))
  keys.set(ON_POSTGRES, Buffer.from(testSecretKey, 'base64url'))
  await Promise.all([...keys].map(([name, secretKey]) => makeDataFolder(join(within, name), secretKey)))
}

async function makeDataFolder(folder: string, secretKey: Buffer): Promise<void> {
  mkdirSync(folder)
  writeFileSync(join(folder, 'secret.key'), `${secretKey.toString('base64url')}\n`, { mode: 0o600 })
  const path = join(folder, 'latchwork.db')
  placeMigrated(path)
  const store = await openStore({ engine: 'sqlite', path })
  await openKeyRing({ store: store.signing, vault: sealedVault([secretKey]), clock: { now: Date.now }, policy })
  await store.close()
}

let turn = process.pid // files that run at the same time begin with different ones

/** Puts the files of one into an empty data folder. */
export function placeDataFolder(data: string): void {
  const made = process.env['LATCHWORK_TEST_FOLDERS']
  turn++
  if (!made) placeMigrated(join(data, 'latchwork.db'))
  else for (const file of FILES) copyFileSync(join(made, String(turn % FOLDERS), file), join(data, file))
}

/** Writes keys into a PostgreSQL database that has the tables and no keys yet. */
export async function placeSigningKeys(url: string): Promise<void> {
  const made = process.env['LATCHWORK_TEST_FOLDERS']
  if (!made) return
  const database = new DatabaseSync(join(made, ON_POSTGRES, 'latchwork.db'), { readOnly: true })
  const rows = JSON.stringify(database.prepare('select * from signing_keys').all())
  database.close()
  const insert = `insert into signing_keys select * from json_populate_recordset(null::signing_keys, '${rows.replaceAll("'", "''")}') on conflict do nothing`
  await queryOnce(url, `do $$ begin if to_regclass('signing_keys') is not null then ${insert}; end if; end $$`)
}
