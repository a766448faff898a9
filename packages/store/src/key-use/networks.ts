/** The networks each key is used from: so many are kept apart, the rest is counted. */
import { type KeyUse, MAX_NETWORKS } from '@latchwork/api-keys'
import { sql } from 'kysely'
import { type Act, rowsOf } from '../act.ts'
import type { Dialect } from '../engine.ts'
import type { KnownKey } from './habits.ts'
import { jsonRows } from './json-rows.ts'

interface Seen {
  /** Kept, and not known before. */
  readonly fresh: readonly string[]
  /** Sightings that found no place. */
  readonly beyond: number
}

type Pair = { readonly key_id: string; readonly network: string }

export function* seeNetworks(dialect: Dialect, uses: readonly KeyUse[], keys: ReadonlyMap<string, KnownKey>): Act<ReadonlyMap<string, Seen>> {
  const pairs = uses.flatMap((use) => use.networks.map(({ network }) => [use.keyId, network] as const))
  if (pairs.length === 0) return new Map()
  const rows = yield* rowsOf(
    sql<Pair>`select n.key_id, n.network from ${jsonRows(dialect, { key_id: 'text', network: 'text' }, pairs)}
      join key_networks n on n.key_id = r.key_id and n.network = r.network`.compile(dialect.db),
  )
  const known = new Set(rows.map(({ key_id, network }) => `${key_id} ${network}`))
  const seen = new Map<string, Seen>()
  const kept: (readonly unknown[])[] = []
  for (const { keyId, networks } of uses) {
    if (networks.length === 0) continue
    const unknown = networks.filter(({ network }) => !known.has(`${keyId} ${network}`))
    const fresh = unknown.slice(0, MAX_NETWORKS - (keys.get(keyId)?.networks ?? 0)).map(({ network }) => network)
    for (const { network, firstSeenAt, lastSeenAt } of networks)
      if (known.has(`${keyId} ${network}`) || fresh.includes(network)) kept.push([keyId, network, firstSeenAt, lastSeenAt])
    seen.set(keyId, { fresh, beyond: unknown.length - fresh.length })
  }
  if (kept.length > 0) yield* keep(dialect, kept)
  return seen
}

function* keep(dialect: Dialect, rows: readonly (readonly unknown[])[]): Act<void> {
  yield sql`insert into key_networks (key_id, network, first_seen_at, last_seen_at)
    select r.key_id, r.network, r.first_seen_at, r.last_seen_at
    from ${jsonRows(dialect, { key_id: 'text', network: 'text', first_seen_at: 'bigint', last_seen_at: 'bigint' }, rows)} where true
    on conflict (key_id, network) do update set
      first_seen_at = case when excluded.first_seen_at < key_networks.first_seen_at then excluded.first_seen_at else key_networks.first_seen_at end,
      last_seen_at = case when excluded.last_seen_at > key_networks.last_seen_at then excluded.last_seen_at else key_networks.last_seen_at end`.compile(
    dialect.db,
  )
}

/** How many networks each key was used from within the window that ends with this use; asked only of keys that have more than one. */
export function* countAtOnce(
  dialect: Dialect,
  uses: readonly KeyUse[],
  keys: ReadonlyMap<string, KnownKey>,
  windowMs: number,
): Act<ReadonlyMap<string, number>> {
  const rows = uses.flatMap(({ keyId, networks, lastUsedAt }) =>
    lastUsedAt !== undefined && networks.length > 0 && networks.length + (keys.get(keyId)?.networks ?? 0) > 2 ? [[keyId, lastUsedAt - windowMs] as const] : [],
  )
  if (rows.length === 0) return new Map()
  const counts = yield* rowsOf(
    sql<{ key_id: string; n: number }>`select n.key_id, count(*) as n from ${jsonRows(dialect, { key_id: 'text', since: 'bigint' }, rows)}
      join key_networks n on n.key_id = r.key_id where n.last_seen_at >= r.since group by n.key_id`.compile(dialect.db),
  )
  return new Map(counts.map(({ key_id, n }) => [key_id, Number(n)]))
}
