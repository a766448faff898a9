/**
 * Tells applications that a login session has ended (OpenID Connect Back-Channel Logout 1.0 §2.5): takes what is due from the outbox, signs a token for each, posts it, and
 * writes down what came of it. Bounded in number and time. What was not taken is tried again, later each time, for about three hours. A node that dies with a line in its hands
 * has only delayed it; so an application may hear twice, each time with a token of its own.
 */
import { type Clock, type NewEvent, redactCredentials } from '@latchwork/kernel'
import { type LogoutDelivery, type OAuth, signLogoutToken } from '@latchwork/oauth'
import type { GuardedFetch } from '../outbound/guarded-fetch.ts'

export interface LogoutSender {
  /** There may be something new. */
  readonly wake: () => void
  /** Sends what is due now. Never rejects. */
  readonly sendDue: () => Promise<void>
  readonly close: () => Promise<void>
}

export interface LogoutSenderParts {
  readonly oauth: OAuth
  readonly fetch: GuardedFetch
  readonly clock: Clock
  readonly log: (message: string, cause?: unknown) => void
  /** How often to look for what other nodes left and for what is due again. */
  readonly pollMs?: number
}

const POLL_MS = 5000
const LEASE_MS = 30_000
const AT_ONCE = 10
const TIMEOUT_MS = 5000
const MAX_ATTEMPTS = 14
const MAX_PAUSE_MS = 3_600_000

/** 1 s, 2 s, 4 s … up to an hour: fourteen attempts in about three hours. */
export function pauseAfterLogout(attempts: number): number {
  return Math.min(1000 * 2 ** (attempts - 1), MAX_PAUSE_MS)
}

export function createLogoutSender({ oauth, fetch, clock, log, pollMs = POLL_MS }: LogoutSenderParts): LogoutSender {
  let sending: Promise<void> | undefined
  let again = false
  let isAway = false
  let isClosed = false

  async function send(delivery: LogoutDelivery): Promise<void> {
    const { id, attempts } = delivery
    const outcome = await post(delivery)
    const now = clock.now()
    if (outcome.isDelivered)
      return oauth.store.settleLogout(id, undefined, { events: [eventOf('logout.delivered', delivery, outcome.note, now)], revocations: [] })
    if (outcome.isFinal || attempts >= MAX_ATTEMPTS) {
      log(`client ${delivery.clientId} could not be told that a session ended, after ${attempts} attempts: ${outcome.note}`)
      return oauth.store.settleLogout(id, undefined, { events: [eventOf('logout.given_up', delivery, outcome.note, now)], revocations: [] })
    }
    return oauth.store.settleLogout(id, now + pauseAfterLogout(attempts), { events: [], revocations: [] })
  }

  async function post(delivery: LogoutDelivery): Promise<{ readonly isDelivered: boolean; readonly isFinal?: boolean; readonly note: string }> {
    try {
      const found = await oauth.store.findClient(delivery.clientId)
      const uri = found?.client.disabledAt === undefined ? found?.client.settings.backchannelLogoutUri : undefined
      if (found === undefined || uri === undefined) return { isDelivered: false, isFinal: true, note: 'the client has no backchannel_logout_uri any more' }
      const token = await signLogoutToken(oauth, found.client, delivery, clock.now())
      const { status } = await fetch(uri, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
        body: new URLSearchParams({ logout_token: token }).toString(),
        timeoutMs: TIMEOUT_MS,
      })
      return { isDelivered: status === 200 || status === 204, note: `answered ${status}` } // §2.8; frameworks in use answer 204
    } catch (error) {
      return { isDelivered: false, note: noteOf(error) }
    }
  }

  async function sendAll(): Promise<void> {
    try {
      do {
        again = false
        const now = clock.now()
        const due = await oauth.store.claimLogouts(now, now + LEASE_MS, AT_ONCE)
        await Promise.all(due.map(send))
        if (due.length === AT_ONCE) again = true
      } while (again && !isClosed)
      isAway = false
    } catch (error) {
      if (!isAway) log('sign-outs cannot be taken from the outbox; they wait there', error)
      isAway = true
    }
  }

  function sendDue(): Promise<void> {
    again = true
    sending ??= sendAll().finally(() => {
      sending = undefined
    })
    return sending
  }

  const timer = setInterval(() => void sendDue(), pollMs).unref()
  return {
    wake: () => {
      if (!isClosed) void sendDue()
    },
    sendDue,
    close: async () => {
      isClosed = true
      clearInterval(timer)
      await sending
    },
  }
}

function eventOf(
  type: 'logout.delivered' | 'logout.given_up',
  { clientId, userId, sessionId, attempts }: LogoutDelivery,
  reason: string,
  at: number,
): NewEvent {
  return { type, at, actor: { kind: 'system' }, clientId, userId, sessionId, reason, data: { attempts } }
}

const MAX_NOTE = 200

/** What the other side said may hold anything. */
function noteOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return redactCredentials(text.slice(0, 2000))
    .slice(0, MAX_NOTE)
    .toWellFormed()
    .replace(/\p{Cc}/gu, '\ufffd')
}
