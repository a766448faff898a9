/**
 * Empties the outbox: claims what is due, hands it to its channel, and writes down what came of it. What is not taken is tried again, later each time, for about a day.
 * A node that dies with a line in its hands has only delayed it, until its lease ends; so a receiver may see one twice, under the same delivery id.
 */
import type { AlertChannel, AlertDelivery, AlertOutbox } from '@latchwork/api-keys'
import { type Clock, redactCredentials } from '@latchwork/kernel'
import type { Alerts } from './alerts.ts'

export interface AlertSender {
  /** There may be something new. */
  readonly wake: () => void
  /** Sends what is due now. Never rejects. */
  readonly sendDue: () => Promise<void>
  readonly close: () => Promise<void>
}

export interface AlertSenderParts {
  readonly outbox: AlertOutbox
  readonly channels: Readonly<Partial<Record<AlertChannel, Alerts>>>
  readonly clock: Clock
  readonly log: (message: string, cause?: unknown) => void
  /** How often to look for what other nodes left and for what is due again. */
  readonly pollMs?: number
}

const POLL_MS = 5000
const LEASE_MS = 60_000
const AT_ONCE = 10
const MAX_ATTEMPTS = 20
const MAX_PAUSE_MS = 4 * 3_600_000

/** 1 s, 2 s, 4 s … up to four hours: twenty attempts in about a day. */
export function pauseAfter(attempts: number): number {
  return Math.min(1000 * 2 ** (attempts - 1), MAX_PAUSE_MS)
}

export function createAlertSender({ outbox, channels, clock, log, pollMs = POLL_MS }: AlertSenderParts): AlertSender {
  let sending: Promise<void> | undefined
  let again = false
  let isAway = false
  let isClosed = false
  const hasChannels = Object.keys(channels).length > 0

  async function send(delivery: AlertDelivery): Promise<void> {
    const { id, channel, attempts } = delivery
    const alerts = channels[channel]
    if (alerts === undefined) return outbox.settleDelivery(id, { state: 'given_up', at: clock.now(), note: 'the channel is no longer configured' })
    try {
      const note = await alerts.deliver(delivery)
      await outbox.settleDelivery(id, { state: 'delivered', at: clock.now(), note })
    } catch (error) {
      const at = clock.now()
      const note = noteOf(error)
      if (attempts >= MAX_ATTEMPTS) {
        log(`alert ${id} was given up after ${attempts} attempts: ${note}`)
        return outbox.settleDelivery(id, { state: 'given_up', at, note })
      }
      await outbox.settleDelivery(id, { state: 'waiting', at, nextAt: at + pauseAfter(attempts), note })
    }
  }

  async function sendAll(): Promise<void> {
    try {
      do {
        again = false
        const now = clock.now()
        const due = await outbox.claimDeliveries(now, now + LEASE_MS, AT_ONCE)
        await Promise.all(due.map(send))
        if (due.length === AT_ONCE) again = true
      } while (again && !isClosed)
      isAway = false
    } catch (error) {
      if (!isAway) log('alerts cannot be taken from the outbox; they wait there', error)
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

  const timer = hasChannels ? setInterval(() => void sendDue(), pollMs) : undefined
  timer?.unref()
  return {
    wake: () => {
      if (hasChannels && !isClosed) void sendDue()
    },
    sendDue,
    close: async () => {
      isClosed = true
      clearInterval(timer)
      await sending
      for (const alerts of Object.values(channels)) alerts.close()
    },
  }
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
