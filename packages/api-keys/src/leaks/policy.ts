/** What happens to a leaked credential: by its environment, unless its kind says otherwise. */
import type { Environment } from '@latchwork/kernel'
import type { Leak, LeakableKind, LeakTarget } from './store.ts'

/** `notify`: the owner is told and nothing is ended. */
export type LeakReaction = 'revoke' | 'notify' | { readonly revokeAfterMinutes: number }

export interface LeakException {
  readonly kind: LeakableKind
  /** Absent: both. */
  readonly environment?: Environment
  readonly reaction: LeakReaction
}

export interface LeakPolicy extends Readonly<Record<Environment, LeakReaction>> {
  /** The last one that fits counts. */
  readonly exceptions: readonly LeakException[]
}

/** A client's secret is in use at many places at once: ending it is a decision of its own. A publishable key is public by nature. */
const byNature: readonly LeakException[] = [{ kind: 'client_secret', reaction: 'notify' }]

const MINUTE = 60_000

/** What is to be done about the credential, and when. A credential that had ended needs nothing; a publishable key is never revoked. */
export function reactionTo(policy: LeakPolicy, target: LeakTarget, now: number): Pick<Leak, 'action' | 'dueAt'> {
  if (!target.isAlive) return { action: 'none' }
  if (target.kind === 'pk' || target.isBeyondReach === true) return { action: 'notify' }
  const exception = [...byNature, ...policy.exceptions].findLast(
    ({ kind, environment }) => kind === target.kind && (environment ?? target.environment) === target.environment,
  )
  const reaction = exception?.reaction ?? policy[target.environment]
  if (reaction === 'notify') return { action: 'notify' }
  return { action: 'revoke', dueAt: reaction === 'revoke' ? now : now + reaction.revokeAfterMinutes * MINUTE }
}
