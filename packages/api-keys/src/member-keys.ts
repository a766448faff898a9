/** Everything a member made, or that stands for them: listed, ended or rolled in one call (K14). */
import { refuse } from '@latchwork/kernel'
import type { ApiKeys, Maker } from './api-keys.ts'
import { keyEvent, readAnew } from './key-event.ts'
import { type Answered, answeredBefore, answeredBy, type CallName, onceOf } from './once.ts'
import { type RolledWithSecret, type RollRequest, rollAll } from './roll-key.ts'
import type { ApiKey, RolledKey } from './store.ts'

const PAGE = 100
/** More than policy lets anybody have, unless it was made generous. */
const MOST = 2000

export interface KeysOfMember {
  readonly keys: readonly ApiKey[]
  /** False: there are more, too many for one call. */
  readonly isWhole: boolean
}

/** Active keys, newest first. */
export async function listKeysOfMember(apiKeys: ApiKeys, accountId: string, userId: string, now: number): Promise<KeysOfMember> {
  const keys: ApiKey[] = []
  let after: string | undefined
  do {
    const page = await apiKeys.store.listKeys({ accountId, madeBy: userId, activeAt: now, limit: PAGE, ...(after === undefined ? {} : { after }) })
    keys.push(...page.items)
    after = page.next
  } while (after !== undefined && keys.length < MOST)
  return { keys, isWhole: after === undefined }
}

/** Revokes them all in one act; gives back those that were active. @throws Refusal `idempotency_key_reused`. */
export async function endKeysOfMember(
  apiKeys: ApiKeys,
  accountId: string,
  userId: string,
  maker: Maker,
  now: number,
  call?: CallName,
): Promise<Answered<readonly ApiKey[]>> {
  const reason = 'member_left'
  const journalOf = (keys: readonly ApiKey[]) => ({
    events: keys.map((key) => keyEvent('key.revoked', key, maker, now, { reason })),
    revocations: keys.map((key) => readAnew(key.id, now)),
  })
  return answeredBy(await apiKeys.store.endKeysOfMember(accountId, userId, reason, now, journalOf, onceOf(maker, call, now).once))
}

/**
 * Rolls them all or none. Personal access tokens stand for the person, so nobody else can have their successors: those end. A key that was rolled already is left to its overlap.
 * @throws Refusal as `rollKey`; `key_invalid` where there are too many for one act.
 */
export async function rollKeysOfMember(
  apiKeys: ApiKeys,
  accountId: string,
  userId: string,
  request: Omit<RollRequest, 'endKeyId'>,
  maker: Maker,
  now: number,
  call?: CallName,
): Promise<readonly RolledWithSecret[]> {
  // Once it was done, nothing is left to roll.
  const before = await answeredBefore<readonly RolledKey[]>(apiKeys.store, onceOf(maker, call, now).once)
  if (before !== undefined) return before.answer
  const all = await listKeysOfMember(apiKeys, accountId, userId, now)
  if (!all.isWhole)
    return refuse('key_invalid', {
      detail: `This member made more than ${MOST} active keys, too many to roll in one act: end them all, or roll them one by one.`,
    })
  const keys = all.keys.filter((key) => key.kind !== 'pat' && key.replacedBy === undefined)
  if (keys.length === 0) return refuse('not_found', { detail: 'This member made no key that could be rolled.' })
  return rollAll(apiKeys, keys, { ...request, author: 'maker' }, maker, now, call)
}
