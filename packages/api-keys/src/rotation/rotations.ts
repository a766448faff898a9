/** What rotating stands on. */
import type { Clock } from '@latchwork/kernel'
import type { ApiKeys } from '../api-keys.ts'
import type { AlertChannel } from '../use/store.ts'
import type { Deliveries } from './deliveries.ts'
import type { Calendar } from './schedule.ts'
import type { RotationStore } from './store.ts'

export interface Rotations {
  readonly store: RotationStore
  readonly apiKeys: ApiKeys
  readonly deliveries: Deliveries
  readonly calendar: Calendar
  readonly clock: Clock
  /** 32 bytes: what undelivered keys are computed with. */
  readonly rotationKey: Buffer
  /** Channels by which people are told of rotations that do not succeed. */
  readonly channels: readonly AlertChannel[]
  /** There may be new alerts to send. */
  readonly onTold: () => void
}
