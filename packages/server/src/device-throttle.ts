/** Slows down the guessing of user codes (RFC 8628 §5.1) and the asking for them. In the memory of one node, as the throttle of sign-ins. */
import { refuse } from '@latchwork/kernel'
import { createThrottle, networkOf, type RateLimit } from '@latchwork/limits'

export interface DeviceThrottle {
  /** Counts one code that a person enters, before it is judged. @throws Refusal `rate_limited`. */
  readonly admitCode: (entry: { readonly userId: string; readonly address: string | undefined }, now: number) => { readonly giveBack: (now: number) => void }
  /** Counts one device that asks for a code. @throws Refusal `rate_limited`. */
  readonly admitRequest: (address: string | undefined, now: number) => void
}

/** 2^34.5 codes, ten minutes each: with ten wrong ones and one more a minute nobody hits one, however many people and devices there are. */
export const deviceLimits = {
  person: { burst: 10, count: 1, periodMs: 60_000 },
  network: { burst: 30, count: 10, periodMs: 60_000 },
  request: { burst: 60, count: 60, periodMs: 60_000 },
} as const satisfies Readonly<Record<string, RateLimit>>

const MAX_ENTRIES = 50_000

export function createDeviceThrottle(): DeviceThrottle {
  const throttle = createThrottle({ limits: deviceLimits, maxEntries: MAX_ENTRIES })
  const take = (demands: Parameters<typeof throttle.take>[0], now: number, reason: string) => {
    const taken = throttle.take(demands, now)
    if (!taken.allowed) return refuse('rate_limited', { reason, retryAfterSeconds: Math.ceil(taken.retryAfterMs / 1000) })
    return taken
  }
  return {
    admitCode: ({ userId, address }, now) =>
      take(
        [
          { limit: 'person', key: userId },
          { limit: 'network', key: networkOf(address) },
        ],
        now,
        'user_codes_throttled',
      ),
    admitRequest: (address, now) => void take([{ limit: 'request', key: networkOf(address) }], now, 'device_requests_throttled'),
  }
}
