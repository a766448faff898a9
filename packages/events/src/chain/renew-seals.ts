/** After a change of the secret key: what former keys vouch for is vouched for under the one in force, so that the former can be taken away. */
import { renewedAcceptance } from './accepted-break.ts'
import { renewedFloor, renewedSeal, type SealKeys } from './seal.ts'
import type { EventChainStore } from './store.ts'

const RENEWED_AT_ONCE = 100

/**
 * Goes once through all seals. @param rest between two acts; `false`: leave the rest.
 * @returns whether it came to the end.
 */
export async function renewSeals(store: EventChainStore, keys: SealKeys, rest: () => Promise<boolean>): Promise<boolean> {
  const renew = { seal: renewedSeal.bind(undefined, keys), floor: renewedFloor.bind(undefined, keys), accepted: renewedAcceptance.bind(undefined, keys) }
  for (let after: number | undefined = 0; ; ) {
    after = await store.renewSeals(after, RENEWED_AT_ONCE, renew)
    if (after === undefined) return true
    if (!(await rest())) return false
  }
}
