/** What tests of leaks look at: what was said about a credential, and whether it still opens anything. */
import assert from 'node:assert/strict'
import type { LeakableKind } from '@latchwork/api-keys'
import { parseCredential, storedDigestOf } from '@latchwork/kernel'
import type { Latchwork } from '../kit/start-latchwork.ts'
import { until } from '../kit/until.ts'

export interface Told {
  readonly type: string
  readonly reason?: string
  readonly credentialId?: string
  readonly accountId?: string
  readonly userId?: string
  readonly clientId?: string
  readonly grantId?: string
  readonly fingerprint?: string
  readonly address?: string
  readonly actor: { readonly kind: string; readonly id?: string }
  readonly data?: Readonly<Record<string, string>>
}

/** Every event of a type, newest first. */
export async function toldOf(latchwork: Latchwork, type: string, query = ''): Promise<readonly Told[]> {
  const { body } = await latchwork.call('GET', `/v1/events?type=${type}&limit=100${query}`, { bearer: latchwork.rootKey })
  return body.items
}

export function report(latchwork: Latchwork, credential: string, more: Readonly<Record<string, string>> = {}) {
  return latchwork.call('POST', '/v1/leaks', { body: { credential, ...more } })
}

/** Until the desk has worked on everything that was taken in. */
export async function settled(latchwork: Latchwork): Promise<void> {
  const { leaks } = latchwork.server.installation.store
  await until(async () => (await leaks.listReports(1)).length === 0, 'no report is waiting')
}

/** Until this credential was told of, and what was told. */
export async function told(latchwork: Latchwork, fingerprint: string): Promise<Told> {
  let found: Told | undefined
  await until(async () => {
    found = (await toldOf(latchwork, 'key.leaked')).find((event) => event.fingerprint === fingerprint)
    return found !== undefined
  }, `${fingerprint} is told of`)
  return found as Told
}

export async function isAlive(latchwork: Latchwork, kind: LeakableKind, credential: string): Promise<boolean> {
  const parsed = parseCredential(credential)
  assert.ok(parsed)
  const target = await latchwork.server.installation.leakDesk.find(kind, storedDigestOf(parsed), latchwork.now())
  return target?.isAlive ?? false
}

export async function makeKey(latchwork: Latchwork, more: { readonly kind?: 'sk' | 'rk'; readonly environment?: 'live' | 'test' } = {}) {
  const request = { accountId: 'acc_test', kind: 'rk', environment: 'live', name: 'export', scopes: [], ...more } as const
  const { key, secret } = await latchwork.server.issueKey(request)
  return { id: key.id, text: secret.reveal(), fingerprint: secret.fingerprint }
}
