/**
 * Data folders with the tables and the signing keys that a first start would make: an RSA key takes as long as the rest of the start, and hundreds of tests start a server.
 * There are a few, and servers take turns, so that two of one test do not have each other's keys. Where a run of the tests has made none, each server makes its own.
 */
import { randomBytes } from 'node:crypto'
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openKeyRing, sealedVault } from '@latchwork/signing'
import { openStore } from '@latchwork/store'
import { placeMigrated } from '@latchwork/store/test-engines'

const FOLDERS = 3
const FILES = ['latchwork.db', 'secret.key']
const DAY_MS = 86_400_000
const policy = { rotateEveryMs: 90 * DAY_MS, publishAheadMs: DAY_MS, keepPublishedMs: DAY_MS, ed25519Name: 'Ed25519' } as const

/** Makes them. @param within an empty folder, to be named in LATCHWORK_TEST_FOLDERS. */
export async function makeDataFolders(within: string): Promise<void> {
  await Promise.all(Array.from({ length: FOLDERS }, (_, index) => makeDataFolder(join(within, String(index)), randomBytes(32))))
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
