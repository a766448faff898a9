/** What the owner of a leaked credential is told, by every channel that alerts leave by. */
import { newId } from '@latchwork/kernel'
import type { Alert } from '../use/store.ts'
import type { Leak, LeakReport, LeakTarget } from './store.ts'

export function leakAlert(report: LeakReport, target: LeakTarget, leak: Leak, data: Alert['data'], now: number): Alert {
  return {
    id: newId('alert', now),
    kind: 'leaked',
    message: `Reported as leaked: ${whatHappens(leak, now)}`,
    at: now,
    keyId: target.id,
    accountId: target.accountId ?? '-',
    ...(target.userId === undefined ? {} : { userId: target.userId }),
    ...(target.clientId === undefined ? {} : { clientId: target.clientId }),
    keyName: target.name ?? target.kind.replaceAll('_', ' '),
    fingerprint: target.fingerprint ?? report.fingerprint,
    environment: target.environment,
    data,
  }
}

function whatHappens({ action, dueAt = 0 }: Leak, now: number): string {
  if (action === 'none') return 'it had ended before'
  if (action === 'notify') return 'it still works, replace it'
  return dueAt <= now ? 'it is revoked' : `it will be revoked at ${new Date(dueAt).toISOString()}, replace it before`
}
