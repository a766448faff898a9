/**
 * Tells applications that a login session has ended (OpenID Connect Back-Channel Logout 1.0 §2.5): takes what is due from the outbox, signs a token for each, posts it, and
 * writes down what came of it. Bounded in number and time. What was not taken is tried again, later each time, for about three hours. A node that dies with a line in its hands
 * has only delayed it; so an application may hear twice, each time with a token of its own.
 */
import { type Clock, type NewEvent, Refusal, redactCredentials } from '@latchwork/kernel'
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
const MAX_ATTEMPTS = 14
/** So many lines are taken from the outbox in one act. */
const BATCH = 8
/** With so many of one client under way no more of it are taken: one that hangs holds up its own lines, and nobody's beside. */
const AT_ONE_CLIENT = 8

/** What was not tried yet never waits for what failed before: receivers that are gone, or that mean ill, come to the second lane. */
const lanes = [
  { tried: false, atOnce: 128, timeoutMs: 3000 },
  { tried: true, atOnce: 32, timeoutMs: 5000 },
] as const
type Lane = (typeof lanes)[number]
const MAX_PAUSE_MS = 3_600_000

/** 1 s, 2 s, 4 s … up to an hour: fourteen attempts in about three hours. */
export function pauseAfterLogout(attempts: number): number {
  return Math.min(1000 * 2 ** (attempts - 1), MAX_PAUSE_MS)
}

export function createLogoutSender({ oauth, fetch, clock, log, pollMs = POLL_MS }: LogoutSenderParts): LogoutSender {
  let isAway = false
  let isClosed = false

  async function send(delivery: LogoutDelivery, timeoutMs: number): Promise<void> {
    const { id, attempts } = delivery
    const outcome = await post(delivery, timeoutMs)
    const now = clock.now()
    if (outcome.isDelivered) return oauth.store.endLogout(id, { events: [eventOf('logout.delivered', delivery, outcome.note, now)], revocations: [] })
    if (outcome.isFinal || attempts >= MAX_ATTEMPTS) {
      log(`client ${delivery.clientId} could not be told that a session ended, after ${attempts} attempts: ${outcome.note}`)
      return oauth.store.endLogout(id, { events: [eventOf('logout.given_up', delivery, outcome.note, now)], revocations: [] })
    }
    return oauth.store.putOffLogout(id, now, now + pauseAfterLogout(attempts))
  }

  async function post(
    delivery: LogoutDelivery,
    timeoutMs: number,
  ): Promise<{ readonly isDelivered: boolean; readonly isFinal?: boolean; readonly note: string }> {
    try {
      const found = await oauth.store.findClient(delivery.clientId)
      const uri = found?.client.disabledAt === undefined ? found?.client.settings.backchannelLogoutUri : undefined
      if (found === undefined || uri === undefined) return { isDelivered: false, isFinal: true, note: 'the client has no backchannel_logout_uri any more' }
      const token = await signLogoutToken(oauth, found.client, delivery, clock.now())
      const { status } = await fetch(uri, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
        body: new URLSearchParams({ logout_token: token }).toString(),
        timeoutMs,
      })
      return { isDelivered: status === 200 || status === 204, note: `answered ${status}` } // §2.8; frameworks in use answer 204
    } catch (error) {
      return { isDelivered: false, note: noteOf(error) }
    }
  }

  function trouble(error: unknown): void {
    if (!isAway) log('sign-outs cannot be taken from the outbox; they wait there', error)
    isAway = true
  }

  /** Keeps its places filled as long as there is something due. */
  function laneOf({ tried, atOnce, timeoutMs }: Lane): { readonly drain: () => Promise<void> } {
    const underWay = new Set<Promise<void>>()
    const perClient = new Map<string, number>()
    let draining: Promise<void> | undefined
    let again = false
    let hasLeftOut = false
    let woken = Promise.withResolvers<void>()

    function start(delivery: LogoutDelivery): void {
      const { clientId } = delivery
      perClient.set(clientId, (perClient.get(clientId) ?? 0) + 1)
      const sent = send(delivery, timeoutMs)
        .catch(trouble)
        .finally(() => {
          underWay.delete(sent)
          const left = (perClient.get(clientId) ?? 1) - 1
          if (left === 0) perClient.delete(clientId)
          else perClient.set(clientId, left)
        })
      underWay.add(sent)
    }

    /** Whether there may be more. */
    async function fill(): Promise<boolean> {
      const exceptClients = [...perClient].filter(([, count]) => count >= AT_ONE_CLIENT).map(([clientId]) => clientId)
      const limit = Math.min(atOnce - underWay.size, BATCH)
      hasLeftOut = exceptClients.length > 0
      const now = clock.now()
      try {
        const due = await oauth.store.claimLogouts(now, now + LEASE_MS, limit, { tried, exceptClients })
        due.forEach(start)
        isAway = false
        return due.length === limit
      } catch (error) {
        trouble(error)
        return false
      }
    }

    async function drainAll(): Promise<void> {
      const isFull = () => underWay.size >= atOnce
      for (;;) {
        again = hasLeftOut = false
        woken = Promise.withResolvers()
        const hasMore = !isClosed && !isFull() && (await fill())
        if (again || (hasMore && !isFull())) continue
        if (underWay.size === 0 && hasLeftOut) continue // what they were left out for has ended meanwhile
        if (underWay.size === 0) return
        await Promise.race([...underWay, woken.promise]) // a place is free, or there is something new
      }
    }

    return {
      drain() {
        again = true
        woken.resolve()
        draining ??= drainAll().finally(() => {
          draining = undefined
        })
        return draining
      },
    }
  }

  const running = lanes.map(laneOf)
  const sendDue = async (): Promise<void> => {
    await Promise.all(running.map((lane) => lane.drain()))
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
      await sendDue()
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
  const text = error instanceof Refusal ? `${error.code}: ${error.reason ?? error.detail}` : error instanceof Error ? error.message : String(error)
  return redactCredentials(text.slice(0, 2000))
    .slice(0, MAX_NOTE)
    .toWellFormed()
    .replace(/\p{Cc}/gu, '\ufffd')
}
