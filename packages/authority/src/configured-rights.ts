/**
 * What the configuration takes: a scope or an API that it defined at the start before and defines no more ends in the self-contained tokens that are out (O10). What is looked up is read by the
 * configuration of now; verifiers elsewhere are told to read it anew.
 */
import { type Journal, LOOK_UPS_ANEW, lifelineOfRight, type Revocation } from '@latchwork/kernel'
import type { AuthorityStore } from './store.ts'

/** What a configuration says of rights. */
export interface ConfiguredRights {
  /** `API`, `API SCOPE`, and `sessions API` for those of your own front ends. Tokens carry the last word of each. */
  readonly rights: readonly string[]
  /** A digest of all that look-ups depend on. */
  readonly lookUps: string
  readonly longestTokenMs: number
}

/** As it is kept from start to start. */
interface Known extends ConfiguredRights {
  /** Epoch milliseconds, as are the others. */
  readonly changedAt: number
  readonly taken: readonly { readonly right: string; readonly at: number }[]
  /** Tokens that live longer than those of now may be out until then. */
  readonly longer?: { readonly ms: number; readonly until: number }
}

/** Nodes are given a new configuration one after another, and those with the former one go on issuing by it: for so long each start says again what was taken. */
const SAID_AGAIN_MS = 24 * 3_600_000

/** At the start of a node, before it issues anything. Gives how long the longest self-contained token may live that is out or will be. */
export async function bringRightsInLine(store: Pick<AuthorityStore, 'bringConfiguredInLine'>, configured: ConfiguredRights, now: number): Promise<number> {
  const written = await store.bringConfiguredInLine((before) => {
    const former = before === undefined ? undefined : (JSON.parse(before) as Known)
    const known = former === undefined ? { ...configured, changedAt: 0, taken: [] } : knownAfter(former, configured, now)
    return { value: JSON.stringify(known), journal: former === undefined ? { events: [], revocations: [] } : journalOf(known, now) }
  })
  return longestOf(JSON.parse(written) as Known)
}

function knownAfter(former: Known, configured: ConfiguredRights, now: number): Known {
  const isDefined = (right: string): boolean => configured.rights.includes(right)
  const taken = [
    ...former.taken.filter(({ right, at }) => !isDefined(right) && now - at < SAID_AGAIN_MS),
    ...former.rights.filter((right) => !isDefined(right)).map((right) => ({ right, at: now })),
  ]
  const isSame = former.lookUps === configured.lookUps && taken.every(({ at }) => at !== now)
  const candidates = [
    { ms: former.longestTokenMs, until: now + former.longestTokenMs + SAID_AGAIN_MS },
    ...(former.longer === undefined ? [] : [former.longer]),
  ]
  const [longer] = candidates.filter(({ ms, until }) => ms > configured.longestTokenMs && now < until).sort((one, other) => other.ms - one.ms)
  return { ...configured, changedAt: isSame ? former.changedAt : now, taken, ...(longer === undefined ? {} : { longer }) }
}

function longestOf({ longestTokenMs, longer }: Known): number {
  return Math.max(longestTokenMs, longer?.ms ?? 0)
}

function journalOf(known: Known, now: number): Journal {
  const until = now + longestOf(known)
  const wordsOf = (taken: Known['taken']) => [...new Set(taken.map(({ right }) => right.slice(right.lastIndexOf(' ') + 1)))]
  const ended: readonly Revocation[] = wordsOf(known.taken).map((word) => ({ lifeline: lifelineOfRight(word), at: now, until }))
  const isTold = now - known.changedAt < SAID_AGAIN_MS
  const fresh = wordsOf(known.taken.filter(({ at }) => at === now))
  const event = { type: 'configuration.narrowed', at: now, actor: { kind: 'system' }, data: { taken: fresh.join(' ') } } as const
  return {
    events: fresh.length === 0 ? [] : [event],
    revocations: [...ended, ...(isTold ? [{ lifeline: LOOK_UPS_ANEW, at: now, until: now }] : [])],
  }
}
