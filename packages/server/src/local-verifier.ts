/** Verification inside the server: the SDK's own core, asking the store instead of the network. */

import { type ApiKeys, noteFirstUse } from '@latchwork/api-keys'
import {
  type Clock,
  type CredentialRecord,
  FEED_BEGINNING,
  type FeedEntry,
  type FeedPosition,
  goOn,
  type Metering,
  type Principal,
  positionOf,
  type Refusal,
  refuse,
  type Soon,
  timedDigestOf,
} from '@latchwork/kernel'
import { findAccessToken, type OAuth } from '@latchwork/oauth'
import type { Store } from '@latchwork/store'
import {
  createAuthenticator,
  fromNodeRequest,
  HeardEntries,
  type HeldRecord,
  type IncomingRequest,
  keyOutcomes,
  type MeteredUse,
  type Needs,
  type PresentedCredential,
} from '@latchwork/verify'
import type { Config } from './config/index.ts'
import { findKeyRecord } from './find-key-record.ts'
import type { ArrivedRequest } from './http/arrived-request.ts'
import { type ImportWatch, watchImports } from './import-watch.ts'
import type { Signing } from './signing.ts'
import { takeUse } from './verification/take-use.ts'

export interface LocalVerifier {
  /** Who calls. At once where it is remembered and nothing is counted; a refusal by value for what has not our form. @throws Refusal, or rejects with one. */
  readonly answer: (request: ArrivedRequest, arrival: Arrival, needs: Needs) => Principal | Refusal | Promise<Principal>
  /** Which person calls, by the token of a session at one of your own front ends. */
  readonly authenticatePerson: (request: ArrivedRequest, arrival: Arrival) => Promise<Principal>
  /**
   * What is known of a credential, for verifiers elsewhere. At once where it is remembered. @param heardUpTo where they stand in the feed.
   * @throws Refusal `credential_malformed`, `credential_invalid` for what is none or has just ended; `store_unavailable`, `overloaded`.
   */
  readonly lookUp: (text: string, heardUpTo?: FeedPosition) => Soon<LookedUp | undefined>
  /** Hears of an accepted use of a key whose record has `startsOverlap`, before it is answered: starts the clock of the key before it. */
  readonly noteFirstUse: (keyId: string, now: number) => Promise<void>
  /** Whether texts that are not in our form are looked up: keys of other systems were imported (K16). */
  readonly imports: ImportWatch
  readonly close: () => void
}

export interface LookedUp extends Pick<HeldRecord, 'record'> {
  readonly held: HeldRecord
  /** The newest entry of the feed that the record takes into account and that both sides have heard; where the asker stands on another feed, or is ahead, the newest of ours. */
  readonly asOf: FeedPosition
}

/** How a request came: decided by the server, which knows its proxies. */
export interface Arrival {
  /** Whether it came encrypted, or from this machine in development. */
  readonly secure: boolean
  /** `undefined` where it is not known. The socket's own may be a proxy's. */
  readonly remoteAddress: string | undefined
  readonly formToken?: string
}

interface Parts {
  readonly config: Config
  readonly store: Store
  readonly signing: Signing
  readonly clock: Clock
  readonly apiKeys: ApiKeys
  readonly oauth: OAuth
  /** What every session token names in `aud`: your own APIs, or the issuer where there are none. */
  readonly sessionAudience: string
  readonly onTrouble: (message: string, cause?: unknown) => void
}

export async function openLocalVerifier(parts: Parts): Promise<LocalVerifier> {
  const { config, store, signing, clock } = parts
  const imports = await watchImports(store.apiKeys, parts.onTrouble)
  const declared = declaredRootKeys(config)
  let head = FEED_BEGINNING
  const heard = new HeardEntries()
  const find = (presented: PresentedCredential, digest: string) => {
    const asOf = head.feedId // before the read: what ends while it is under way is newer
    return goOn(declared.get(digest) ?? findRecord(parts, presented, digest), (record) => record && { record, asOf })
  }
  const noteUseOf = async (keyId: string, now: number): Promise<void> => {
    await noteFirstUse(parts.apiKeys, keyId, now)
    // Also where the former key had ended and there was no clock to start, so that nothing was told: else each use would ask the store again.
    authenticator.forget(`key:${keyId}`)
  }
  const ports = {
    clock,
    findCredential: find,
    findKey: signing.findKey,
    freshAt: store.feed.freshAt,
    acceptsForeign: imports.exist,
    meter: (use: MeteredUse) => count(store, use),
    noteFirstUse: (record: CredentialRecord, now: number) => noteUseOf(record.principal.credentialId, now),
  }
  const authenticator = createAuthenticator(ports, { issuer: config.issuer, audience: config.issuer, environment: 'both' })
  // Long-lived credentials are made by it: while revocations are not heard, it lets nobody in.
  const people = createAuthenticator(ports, { issuer: config.issuer, audience: parts.sessionAudience, environment: 'both', revocation: 'required' })
  const hear = (entries: readonly FeedEntry[]): void => {
    authenticator.applyRevocations(entries)
    people.applyRevocations(entries)
    for (const entry of entries) {
      if (entry.feedId <= head.feedId) continue
      head = positionOf(entry)
      heard.note(head)
    }
  }
  const begunAnew = (newHead: number): void => {
    for (const each of [authenticator, people]) each.revocationsBegunAnew(newHead)
    head = FEED_BEGINNING // all that is kept comes next
    heard.clear()
  }
  const stop = store.feed.subscribe(hear, begunAnew)
  await hearKept(store, hear)
  const asOfBoth = (asOf: number, heardUpTo: FeedPosition | undefined): FeedPosition => {
    if (heardUpTo !== undefined && heardUpTo.feedId <= asOf && heard.has(heardUpTo)) return heardUpTo
    return heard.at(asOf) ?? FEED_BEGINNING
  }
  return {
    answer: (request, arrival, needs) => authenticator.answer(arrived(request, arrival), needs),
    authenticatePerson: (request, arrival) => people.authenticate(arrived(request, arrival), { mechanisms: ['session'] }),
    lookUp: (text, heardUpTo) => {
      const found = authenticator.lookUp(text)
      if (found instanceof Promise) return found.then((held) => held && { record: held.record, held, asOf: asOfBoth(held.asOf, heardUpTo) })
      // What is remembered has survived every entry heard so far, so it is as good as one read now.
      return found && { record: found.record, held: found, asOf: asOfBoth(head.feedId, heardUpTo) }
    },
    noteFirstUse: noteUseOf,
    imports,
    close: () => {
      stop()
      imports.close()
    },
  }
}

function arrived(request: ArrivedRequest, { secure, remoteAddress, formToken }: Arrival): IncomingRequest {
  const seen = fromNodeRequest(request.raw)
  const { method, url, loopback } = seen
  const headers = formToken === undefined ? seen.headers : withFormToken(seen.headers, formToken)
  // Member by member: this is done at every request, and copies of copies are dear.
  return { method, url, headers, secure, loopback, remoteAddress }
}

/** Beside what was sent: two of them are refused as two credentials are (RFC 6750 §2). */
function withFormToken(headers: IncomingRequest['headers'], formToken: string): IncomingRequest['headers'] {
  const { authorization = [] } = headers
  return { ...headers, authorization: [...[authorization].flat(), `Bearer ${formToken}`] }
}

/** A use of a key at this server itself. */
async function count(store: Store, { record, costs, now }: MeteredUse): Promise<Metering> {
  const { code, retryAfterSeconds, ...metering } = await takeUse({ limits: store.limits, apiKeys: store.apiKeys }, record, costs, now)
  const { refusal } = keyOutcomes[code]
  if (refusal === undefined) return metering
  const about = { credentialId: record.principal.credentialId }
  return refuse(refusal, { reason: code, about, limits: metering.limits, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) })
}

/** The deny-list of self-contained tokens, as the feed kept it over a restart. */
async function hearKept(store: Store, hear: (entries: readonly FeedEntry[]) => void): Promise<void> {
  for (let page = await store.feed.read(0, 1000); page.length > 0; page = await store.feed.read(page.at(-1)?.feedId ?? 0, 1000)) hear(page)
}

function findRecord(parts: Parts, presented: PresentedCredential, digest: string): Soon<CredentialRecord | undefined> {
  const { store } = parts
  switch (presented.type) {
    case 'api_key':
    case 'foreign':
      return findKeyRecord(parts, digest)
    case 'root_key':
      return store.apiKeys.findRootKeyByDigest(digest)
    case 'access_token':
      return findAccessToken(parts.oauth, timedDigestOf(presented.text))
    default:
      return undefined
  }
}

/** Root keys that the configuration names by digest: there is no row for them, and they end with the configuration (design, decision 24). */
function declaredRootKeys(config: Config): ReadonlyMap<string, CredentialRecord> {
  return new Map(
    config.rootKeys.map(({ digest, name, scopes }) => {
      const id = `root_config_${digest.slice(0, 12)}`
      const principal = { mechanism: 'root_key', subject: id, environment: 'live', scopes, audience: [], credentialId: id, fingerprint: name } as const
      return [digest, { principal, alive: true, livesBy: [`root_key:${id}`] }]
    }),
  )
}
