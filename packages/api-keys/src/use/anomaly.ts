/** What is told when the use of a key is unusual. */
import type { NewEvent } from '@latchwork/kernel'

export const anomalyKinds = ['new_network', 'after_silence', 'rate_spike', 'refusal_burst', 'many_networks'] as const

export type AnomalyKind = (typeof anomalyKinds)[number]

export interface Anomaly {
  readonly kind: AnomalyKind
  /** One sentence for people. */
  readonly message: string
  readonly data: NonNullable<NewEvent['data']>
}
