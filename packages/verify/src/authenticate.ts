/** The one question about each request: who is calling, on whose behalf, and what may they do? */
import {
  type CredentialRecord,
  coversAll,
  type FeedEntry,
  type Lifeline,
  LOOK_UPS_ANEW,
  type Mechanism,
  type Metering,
  type Principal,
  Refusal,
  refuse,
  type Soon,
} from '@latchwork/kernel'
import { clientOf } from './client-address.ts'
import { checkTransport, extractCredential } from './extract-credential.ts'
import type { IncomingRequest } from './incoming-request.ts'
import { aboutOf } from './judge.ts'
import type { AuthenticatorOptions, AuthenticatorPorts, MeteredUse, UseCosts } from './ports.ts'
import type { HeldRecord } from './record-cache.ts'
import { RevocationMemory } from './revocation-memory.ts'
import { SignedTokens } from './signed-tokens.ts'
import { StoredCredentials } from './stored-credentials.ts'
import { termsOf } from './terms.ts'

/** How long the revocation channel may be away before what is remembered is no longer trusted (design, decision 21). */
export const FEED_GRACE_MS = 5000

/** What a route asks of its caller. */
export interface Needs {
  /** Scopes, all of which the credential must cover. */
  readonly scopes?: readonly string[]
  /** The mechanisms the route takes: API keys, sessions and OAuth tokens by default. Root keys only where they are named. */
  readonly mechanisms?: readonly Mechanism[]
  /** The cookie the route takes a credential from. Name one only where the request cannot have been forged by another site. */
  readonly cookie?: string
  /** What a call takes of a credential's limits and credits, where it is not one of each. */
  readonly costs?: UseCosts
}

export interface AuthenticatorState {
  readonly storedCredentials: number
  readonly verifiedTokens: number
  readonly revocations: number
  /** Whether revocations are heard now. */
  readonly fresh: boolean
}

export interface Authenticator {
  /**
   * Answers with the caller, in this order: transport (V5) → exactly one credential (RFC 6750 §2.1) → form and checksum, before any look-up → look-up, or the signature
   * and claims of a JWT → alive, in time, environment, address, audience → mechanism → scopes → limits and credits, where the credential has any. Time, deny-list, environment,
   * address, audience and scopes are judged on every call, also where the rest is remembered; limits and credits are taken by every call that came so far. Does not read bodies,
   * or guard cookies against forged requests.
   *
   * @throws Refusal; `challengeFor` makes the answer of it. 400 `transport_insecure`, `credential_ambiguous`, `credential_in_query`; 401 `credential_missing`,
   * `credential_malformed`, `credential_invalid` (unknown, revoked, not for this API: the bearer is not told which), `credential_expired`, `credential_not_yet_valid`;
   * 403 `credential_wrong_environment`, `credential_wrong_address`, `scope_insufficient`; 429 `rate_limited`, `credits_exhausted`; 503 `store_unavailable`, `revocations_unknown`, `overloaded`.
   *
   * @example
   * const principal = await authenticator.authenticate(fromNodeRequest(request), { scopes: ['notes:read'] })
   */
  readonly authenticate: (request: IncomingRequest, needs?: Needs) => Promise<Principal>
  /**
   * As `authenticate`, but at once where nothing has to be read or counted: for servers to whom a promise a request is too many. A credential without our form comes back as
   * a refusal by value, because a flood of them must be cheap; every other refusal is thrown.
   */
  readonly answer: (request: IncomingRequest, needs?: Needs) => Principal | Refusal | Promise<Principal>
  /**
   * What is known of a stored credential, judged by nobody: for servers that answer others. At once where it is remembered; then it is as good as the newest entry applied.
   * @throws Refusal `credential_malformed`, `credential_invalid`, `store_unavailable`, `overloaded`.
   */
  readonly lookUp: (text: string) => HeldRecord | undefined | Promise<HeldRecord | undefined>
  /** Takes entries of the revocation feed, in any order and as often as they come. When this returns, what they ended is refused. */
  readonly applyRevocations: (entries: readonly FeedEntry[]) => void
  /**
   * Says that the feed has no more what was heard last, and now ends at this id, as after a restore or a long absence: everything remembered is forgotten, the deny-list
   * excepted. What the feed has is applied before or after.
   */
  readonly revocationsBegunAnew: (head: number) => void
  /** Forgets what is remembered of every credential that lives by this, so that it is read anew. Nothing ends by it. */
  readonly forget: (lifeline: Lifeline) => void
  readonly state: () => AuthenticatorState
}

const usualMechanisms: readonly Mechanism[] = ['api_key', 'session', 'oauth']
const noNeeds: Needs = {}

/** @throws TypeError that names the option which is missing or wrong. */
export function createAuthenticator(ports: AuthenticatorPorts, options: AuthenticatorOptions): Authenticator {
  const terms = termsOf(options)
  const memory = new RevocationMemory(ports.steady ?? (() => performance.now()))
  const stored = new StoredCredentials(ports, terms, memory)
  const signed = new SignedTokens(ports, terms, memory)
  // A clock that went back makes the distance negative: it is not taken for freshness either.
  const isFresh = (now: number) => Math.abs(now - ports.freshAt(now)) <= FEED_GRACE_MS
  /** A key of another system may look like a JWT (K16). It is looked up only where this issuer did not sign it: a token of ours that is refused stays so. */
  const signedOrImported = (text: string, at: number, address: string | undefined): Soon<Known> => {
    const orImported = (found: Known | Refusal, now: number): Soon<Known> => {
      if (!(found instanceof Refusal)) return found
      const imported = ports.acceptsForeign?.() === true ? stored.authenticate(text, now, isFresh(now), address) : found
      if (imported instanceof Refusal) throw found
      return imported
    }
    const found = signed.authenticate(text, at, isFresh(at), address)
    return found instanceof Promise ? found.then((later) => orImported(later, ports.clock.now())) : orImported(found, at)
  }
  const answer = (request: IncomingRequest, needs: Needs = noNeeds): Principal | Refusal | Promise<Principal> => {
    const client = clientOf(request, terms.trustedProxies)
    checkTransport(client, terms.development)
    const text = extractCredential(client, needs.cookie, ports.acceptsForeign?.())
    const now = ports.clock.now()
    const address = client.remoteAddress
    const known = isSigned(text, ports) ? signedOrImported(text, now, address) : stored.authenticate(text, now, isFresh(now), address)
    if (known instanceof Refusal) return known
    const goOn = ({ record, principal }: Known): Principal | Promise<Principal> => {
      admit(principal, needs)
      if (record.metered !== true) return accepted(ports, record, principal, now)
      const use = { text, record, address, scopes: needs.scopes ?? [], costs: needs.costs ?? {}, now }
      return counted(ports, principal, use).then((told) => accepted(ports, record, told, now))
    }
    return known instanceof Promise ? known.then(goOn) : goOn(known)
  }
  return {
    authenticate: async (request, needs) => proven(answer(request, needs)),
    answer,
    lookUp: (text) => stored.lookUp(text, isFresh(ports.clock.now())),
    applyRevocations: (entries) => {
      memory.note(entries, ports.clock.now())
      stored.evict(entries)
      if (entries.some(({ lifeline }) => lifeline === LOOK_UPS_ANEW)) stored.evictAll()
    },
    revocationsBegunAnew: (head) => {
      memory.begunAnew(head)
      stored.evictAll()
    },
    forget: (lifeline) => stored.forget(lifeline),
    state: () => ({ storedCredentials: stored.size, verifiedTokens: signed.size, revocations: memory.size, fresh: isFresh(ports.clock.now()) }),
  }
}

/** @throws Refusal where the answer is one. */
export function proven<T>(answer: T | Refusal): T {
  if (answer instanceof Refusal) throw answer
  return answer
}

/** A caller who is known. */
type Known = Pick<HeldRecord, 'record' | 'principal'>

/** The dots of a JWS (RFC 7515 §3.1), which no other credential of ours has. A key of another system may have them; only what begins with `{"` in base64url may be a JWT. */
function isSigned(text: string, { acceptsForeign }: AuthenticatorPorts): boolean {
  return text.includes('.') && (text.startsWith('eyJ') || acceptsForeign?.() !== true)
}

/** What the route asks of a caller who is known. */
function admit(principal: Principal, needs: Needs): void {
  if (!(needs.mechanisms ?? usualMechanisms).includes(principal.mechanism)) {
    refuse('credential_invalid', { reason: `${principal.mechanism} is not taken here`, about: aboutOf(principal) })
  }
  if (needs.scopes !== undefined && !coversAll(principal.scopes, needs.scopes)) {
    refuse('scope_insufficient', { neededScopes: needs.scopes, about: aboutOf(principal) })
  }
}

/** Last, after every check that is free: what is refused above takes nothing. What cannot be counted does not pass. */
async function counted({ meter }: AuthenticatorPorts, principal: Principal, use: MeteredUse): Promise<Principal> {
  if (meter === undefined) return refuse('store_unavailable', { reason: 'nothing counts the uses of this credential here', about: aboutOf(principal) })
  return Object.freeze({ ...principal, metering: await meteringOf(meter, principal, use) })
}

/** Nothing is refused any more: the first use of a key may start the clock of the one before it. What cannot be written does not pass: else that one would live on. */
function accepted({ noteFirstUse }: AuthenticatorPorts, record: CredentialRecord, principal: Principal, now: number): Principal | Promise<Principal> {
  if (record.startsOverlap !== true || noteFirstUse === undefined) return principal
  return noteFirstUse(record, now).then(() => principal)
}

async function meteringOf(meter: NonNullable<AuthenticatorPorts['meter']>, principal: Principal, use: MeteredUse): Promise<Metering> {
  try {
    return await meter(use)
  } catch (cause) {
    if (cause instanceof Refusal) throw cause
    return refuse('store_unavailable', { reason: 'the use could not be counted', cause, about: aboutOf(principal) })
  }
}
