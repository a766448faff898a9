/** The public keys of clients, by value or from their `jwks_uri`, remembered for a while. */
import { parseStrictJson, refuse } from '@latchwork/kernel'
import { type Jwk, keysOf } from '../jose/key-set.ts'
import type { Client } from '../store.ts'
import type { ClientKeys, FetchDocument } from './ports.ts'

interface Known {
  readonly keys: readonly Jwk[] | undefined
  readonly fetchedAt: number
  /** The last two attempts, failed ones too; the newest first. */
  readonly attempts: readonly number[]
  /** Why the last one brought no keys. */
  readonly failed?: string
}

const FRESH_MS = 10 * 60_000
/** Keys that cannot be fetched anew are believed so long. */
const STALE_MS = 60 * 60_000
/** At most two attempts in so long: a client that publishes a key just after it was asked need not wait for it, and nobody can make us hammer its host. */
const COOLDOWN_MS = 5000
const MOST = 1000

export function openClientKeys(fetchDocument: FetchDocument): ClientKeys {
  const known = new Map<string, Known>()
  const underWay = new Map<string, Promise<Known>>()

  async function refetch(url: string, now: number): Promise<Known> {
    const before = known.get(url)
    const fetched = await fetchDocument(url)
    const keys = 'failed' in fetched ? undefined : keysOf(parseStrictJson(fetched.body))
    const attempts = [now, ...(before?.attempts ?? [])].slice(0, 2)
    const failed = 'failed' in fetched ? fetched.failed : 'what it answered is no key set (RFC 7517 §5)'
    const next = keys === undefined ? { keys: before?.keys, fetchedAt: before?.fetchedAt ?? 0, attempts, failed } : { keys, fetchedAt: now, attempts }
    known.delete(url)
    known.set(url, next)
    for (const oldest of known.keys()) {
      if (known.size <= MOST) break
      known.delete(oldest)
    }
    return next
  }

  /** Everybody who asks at the same moment shares one fetch. */
  function fetchOnce(url: string, now: number): Promise<Known> {
    const running = underWay.get(url)
    if (running !== undefined) return running
    const started = refetch(url, now).finally(() => underWay.delete(url))
    underWay.set(url, started)
    return started
  }

  /** A host that failed is left alone at once. */
  function rests(entry: Known | undefined, now: number): boolean {
    const attempt = entry?.failed === undefined ? entry?.attempts[1] : entry.attempts[0]
    return attempt !== undefined && Math.abs(now - attempt) < COOLDOWN_MS
  }

  /** What was read may lack a key; what was not read says nothing of the client, and is no fault of the caller's. */
  function believed({ keys, fetchedAt, failed }: Known, { id: clientId }: Client, now: number): readonly Jwk[] {
    if (keys !== undefined && Math.abs(now - fetchedAt) <= STALE_MS) return keys
    const reason = `its jwks_uri was not read: ${failed ?? 'not lately'}`
    return refuse('client_keys_unreachable', { reason, retryAfterSeconds: COOLDOWN_MS / 1000, about: { clientId } })
  }

  async function all(client: Client, now: number): Promise<readonly Jwk[]> {
    const { jwks, jwksUri } = client.settings
    if (jwksUri === undefined) return jwks?.keys ?? []
    const entry = known.get(jwksUri)
    if (entry !== undefined && (Math.abs(now - entry.fetchedAt) <= FRESH_MS || rests(entry, now))) return believed(entry, client, now)
    return believed(await fetchOnce(jwksUri, now), client, now)
  }

  return {
    trouble: ({ settings: { jwksUri } }) => (jwksUri === undefined ? undefined : known.get(jwksUri)?.failed),
    async find(client, choose, now) {
      const { jwksUri } = client.settings
      const found = choose(await all(client, now))
      if (found.length > 0 || jwksUri === undefined || rests(known.get(jwksUri), now)) return found
      return choose(believed(await fetchOnce(jwksUri, now), client, now))
    },
  }
}
