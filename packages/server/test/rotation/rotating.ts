/** A server that rotates, and what tests of it most often do. */
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { asRoot } from '../keys/calls.ts'
import type { Answer, Latchwork } from '../kit/start-latchwork.ts'

export const HOUR = 3600
export const MINUTE = 60_000

export function folderFor(t: Pick<TestContext, 'after'>): string {
  const folder = mkdtempSync(join(tmpdir(), 'latchwork-keys-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export const setRotation = (latchwork: Latchwork, keyId: string, body: object): Promise<Answer> => asRoot(latchwork, 'PUT', `/v1/keys/${keyId}/rotation`, body)
export const showRotation = (latchwork: Latchwork, keyId: string): Promise<Answer> => asRoot(latchwork, 'GET', `/v1/keys/${keyId}/rotation`)
export const runRotation = (latchwork: Latchwork, keyId: string): Promise<Answer> => asRoot(latchwork, 'POST', `/v1/keys/${keyId}/rotation/run`)

/** One look of the desk, at the time the clock shows. */
export const look = (latchwork: Latchwork): Promise<void> => latchwork.server.installation.rotationDesk.run()

export function keyIn(folder: string, path: string): string {
  return readFileSync(join(folder, path), 'utf8').trimEnd()
}

export function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [entry.name] : []))
}

/** Uses the key, as an API behind the server would. */
export async function use(latchwork: Latchwork, key: string): Promise<string> {
  const { status, body } = await asRoot(latchwork, 'POST', '/v1/keys/verify', { key })
  assert.equal(status, 200, JSON.stringify(body))
  return body.code
}

export async function rotated(latchwork: Latchwork, keyId: string): Promise<string> {
  const { replacedBy } = (await asRoot(latchwork, 'GET', `/v1/keys/${keyId}`)).body
  assert.equal(typeof replacedBy, 'string', `${keyId} was not rotated`)
  return replacedBy
}
