/** Wires the use of keys: the recorder that verification notes into, the judge with the configured thresholds, and the channels that alerts leave by. */
import { type AlertChannel, createUseRecorder, judgeUse, type UseJudge, type UseNote, type UseThresholds, usualThresholds } from '@latchwork/api-keys'
import type { Clock } from '@latchwork/kernel'
import { networkOf } from '@latchwork/limits'
import type { Store } from '@latchwork/store'
import type { Config } from '../config/index.ts'
import { createGuardedFetch } from '../outbound/guarded-fetch.ts'
import { createAlertSender } from './alert-sender.ts'
import type { Alerts } from './alerts.ts'
import { emailAlerts } from './email-alerts.ts'
import { ownerMail } from './owner-mail.ts'
import { webhookAlerts } from './webhook-alerts.ts'

export interface KeyUseRoom {
  /** Notes what came of presenting a key that was found: costs well under a microsecond, never waits, never throws. */
  readonly onVerified: (outcome: UseNote) => void
  readonly judge: UseJudge
  /** By which of them the owner of a leaked credential, and whoever runs the server, are told. */
  readonly leakChannels: readonly AlertChannel[]
  /** There may be new alerts to send. */
  readonly wake: () => void
  /** Writes what was noted now; for tests and for the end. */
  readonly flush: () => Promise<boolean>
  readonly close: () => Promise<void>
}

export interface KeyUseParts {
  readonly config: Pick<Config, 'alerts' | 'mail' | 'outbound' | 'issuer'>
  readonly store: Pick<Store, 'keyUse' | 'alertOutbox' | 'accounts' | 'oauth'>
  readonly clock: Clock
  /** By which it is known that something may be removed: `settledClock`. */
  readonly removalClock: Clock
  readonly log: (message: string, cause?: unknown) => void
}

const DAY_MS = 24 * 3_600_000

export async function openKeyUse({ config, store, clock, removalClock, log }: KeyUseParts): Promise<KeyUseRoom> {
  const operators = await channelsOf(config, clock)
  const { mail, issuer } = config
  const channels = { ...operators, ...(mail === undefined ? {} : { owner: await ownerMail({ ...mail, issuer, store }) }) }
  const sender = createAlertSender({ outbox: store.alertOutbox, channels, clock, log })
  const thresholds: UseThresholds = {
    ...usualThresholds,
    silenceMs: config.alerts.silenceDays * DAY_MS,
    spikeFactor: config.alerts.spikeFactor,
    refusalsPerMinute: config.alerts.refusalsPerMinute,
    networksAtOnce: config.alerts.networksAtOnce,
  }
  const judge: UseJudge = {
    windowMs: thresholds.atOnceMs,
    judge: (use, habit, around) => judgeUse(use, habit, around, thresholds),
    channels: Object.keys(operators) as readonly AlertChannel[],
  }
  const recorder = createUseRecorder({ store: store.keyUse, clock, removalClock, judge, networkOf, log, onAlerts: sender.wake })
  sender.wake() // what an earlier life left
  return {
    onVerified: recorder.note,
    judge,
    leakChannels: Object.keys(channels) as readonly AlertChannel[],
    wake: sender.wake,
    flush: recorder.flush,
    close: async () => {
      await recorder.close()
      await sender.close()
    },
  }
}

async function channelsOf({ alerts, mail, outbound, issuer }: KeyUseParts['config'], clock: Clock): Promise<Readonly<Partial<Record<AlertChannel, Alerts>>>> {
  const { webhook, emailTo } = alerts
  return {
    ...(webhook === undefined ? {} : { webhook: webhookAlerts(createGuardedFetch(outbound), webhook, clock) }),
    ...(mail === undefined || emailTo.length === 0 ? {} : { email: await emailAlerts({ ...mail, to: emailTo, issuer }) }),
  }
}
