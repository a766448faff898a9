/** The verifier for your own API: everything `authenticate` needs, taken from the issuer over HTTP. */
import { readFileSync } from 'node:fs'
import { type Clock, type Environment, type FeedEntry, type Principal, parseToken, Refusal, refuse, Secret, systemClock } from '@latchwork/kernel'
import { type AuthenticatorState, createAuthenticator, FEED_GRACE_MS, type Needs } from '../authenticate.ts'
import { clientOf, readProxies } from '../client-address.ts'
import type { IncomingRequest } from '../incoming-request.ts'
import type { AuthenticatorOptions } from '../ports.ts'
import { checkIssuer, connectToIssuer } from './issuer-connection.ts'
import { type KeySetTimes, RemoteKeySet, usualKeySetTimes } from './key-set.ts'
import { lookUp } from './look-up.ts'
import { meterAtIssuer } from './meter-at-issuer.ts'
import { createExposureReporter } from './report-exposed.ts'
import { reported } from './report-use.ts'
import { RevocationStream } from './revocation-stream.ts'
import { createUseReporter } from './use-reporter.ts'

const SIGNING_KEY = 'signing_key:'

export interface VerifierOptions extends Omit<AuthenticatorOptions, 'environment'> {
  /** `live` by default: test credentials are refused. */
  readonly environment?: Environment | 'both'
  /** A root key with the scopes `credentials:verify` and `revocations:read`. Give this or `rootKeyFile`. */
  readonly rootKey?: string
  readonly rootKeyFile?: string
  /** Keys of other systems were imported at the issuer: a key of any form is looked up there. Without it, what is not in our form is refused at once. */
  readonly importedKeys?: boolean
  /** How often the issuer's keys are fetched, and when not. */
  readonly keySet?: Partial<KeySetTimes>
  /** Whether the issuer is told, once a second, how often which key was used from where; true unless said otherwise. Without it the issuer knows no last use. */
  readonly reportUse?: boolean
  /**
   * Whether the issuer is told of keys that come over plain http, each once, so that its operator can have them revoked (`keys.revokeOnPlainHttp`). Off unless said: where `trustedProxies`
   * does not name what ends TLS in front, every call looks like plain http, and every key would be told of.
   */
  readonly reportExposed?: boolean
  /** Where lines about the state of the connection go; `console.warn` by default. No line holds a secret. */
  readonly log?: (line: string) => void
  readonly clock?: Clock
}

export interface VerifierState extends AuthenticatorState {
  /** Position in the revocation feed; absent before it was heard. */
  readonly feedId?: number
  readonly signingKeys: number
  /** Epoch milliseconds of the last fetch of signing keys that succeeded. */
  readonly signingKeysAt?: number
}

export interface Verifier {
  /** See `Authenticator.authenticate`. In the first seconds after its creation it waits for the revocation feed. */
  readonly authenticate: (request: IncomingRequest, needs?: Needs) => Promise<Principal>
  /** Settles when signing keys and revocation feed are there. @throws Error after `withinMs` (10 s). Not needed before `authenticate`. */
  readonly ready: (withinMs?: number) => Promise<void>
  readonly state: () => VerifierState
  /** Ends all connections; afterwards every call is refused with 503. A verifier does not keep the process alive, so this is for tests and reloads. */
  readonly close: () => void
}

/**
 * Makes a verifier and connects it to the issuer: keys from `/jwks`, look-ups by `POST /v1/verify`, revocations from `GET /v1/revocations`. Stored credentials are remembered
 * until the feed ends them, those with limits or credits excepted: every use of one is counted by the issuer, `POST /v1/keys/verify`. While the feed is away for longer than 5 s each is looked up again (503 where that fails), and tokens go on with `revocationFresh: false`.
 *
 * @throws TypeError that names the option which is missing or wrong; never with the root key in it.
 * @example
 * const verifier = createVerifier({ issuer: 'https://auth.example.com', audience: 'https://api.example.com', rootKeyFile: '/run/secrets/latchwork' })
 * const principal = await verifier.authenticate(fromNodeRequest(request), { scopes: ['notes:read'] })
 */
export function createVerifier(options: VerifierOptions): Verifier {
  const { environment = 'live', clock = systemClock, log = (line: string) => console.warn(`latchwork: ${line}`) } = options
  const connection = connectToIssuer(checkIssuer(options.issuer), readRootKey(options))
  const keySet = new RemoteKeySet(connection, clock, { ...usualKeySetTimes, ...options.keySet }, log)
  const authenticator = createAuthenticator(
    {
      clock,
      findCredential: async (presented) => {
        const found = await lookUp(connection, presented, stream.position)
        return found && { record: found.record, asOf: found.asOf.feedId, ...(stream.hasHeard(found.asOf) ? {} : { unheard: true }) }
      },
      findKey: (kid) => keySet.find(kid),
      freshAt: () => stream.freshAt,
      meter: (use) => meterAtIssuer(connection, environment, use),
      acceptsForeign: () => options.importedKeys === true,
    },
    { ...options, environment },
  )
  const entries = (heard: readonly FeedEntry[]): void => {
    authenticator.applyRevocations(heard)
    for (const { lifeline } of heard) if (lifeline.startsWith(SIGNING_KEY)) keySet.revoked(lifeline.slice(SIGNING_KEY.length))
  }
  const stream = new RevocationStream(connection, clock, {
    entries,
    begunAnew: authenticator.revocationsBegunAnew,
    log,
  })
  const reporter = options.reportUse === false ? undefined : createUseReporter(connection, clock, log)
  const exposures = options.reportExposed === true ? createExposureReporter(connection, options.importedKeys === true, log) : undefined
  const proxies = readProxies(options.trustedProxies ?? [])
  stream.open()
  const keysAttempted = keySet.refresh()

  // What was revoked before we began is known only once the feed is whole: wait for it as long as the feed may be away.
  let waiting: Promise<void> | undefined = Promise.race([stream.firstWhole, pause(FEED_GRACE_MS)]).then(() => {
    waiting = undefined
  })
  let closed = false
  return {
    authenticate: async (request, needs) => {
      if (waiting !== undefined && !closed) await waiting
      if (closed) return refuse('store_unavailable', { reason: 'the verifier was closed' })
      const answer = authenticator.authenticate(request, needs)
      if (exposures !== undefined) answer.catch((error) => isInsecure(error) && exposures.note(clientOf(request, proxies)))
      return reporter === undefined ? answer : reported(reporter, request, proxies, answer)
    },
    ready: async (withinMs = 10_000) => {
      await within(withinMs, stream.firstWhole, 'the revocation feed')
      await keysAttempted
      if (keySet.fetchedAt === undefined) await within(withinMs, keySet.refresh(), 'the signing keys')
      if (keySet.fetchedAt === undefined) throw new Error(`the signing keys of ${options.issuer} cannot be fetched`)
    },
    state: () => ({
      ...authenticator.state(),
      signingKeys: keySet.size,
      ...(stream.position === undefined ? {} : { feedId: stream.position.feedId }),
      ...(keySet.fetchedAt === undefined ? {} : { signingKeysAt: keySet.fetchedAt }),
    }),
    close: () => {
      closed = true
      reporter?.close()
      stream.close()
      keySet.close()
      connection.close()
    },
  }
}

function isInsecure(error: unknown): boolean {
  return error instanceof Refusal && error.code === 'transport_insecure'
}

function readRootKey({ rootKey, rootKeyFile }: VerifierOptions): Secret {
  if ((rootKey === undefined) === (rootKeyFile === undefined)) throw new TypeError('rootKey, rootKeyFile: give one of them.')
  const text = rootKey ?? readFileSync(rootKeyFile ?? '', 'utf8').trim()
  if (parseToken('root_key', text) === undefined)
    throw new TypeError(`${rootKey === undefined ? 'rootKeyFile' : 'rootKey'}: not a root key, or not a whole one.`)
  return new Secret(text)
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref())
}

async function within(milliseconds: number, awaited: Promise<void>, what: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} of the issuer did not come within ${milliseconds} ms`)), milliseconds)
  })
  await Promise.race([awaited, late]).finally(() => clearTimeout(timer))
}
