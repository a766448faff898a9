/** The words of a measurement: who is measured, and what must come of it. */
import type { Subject } from './subject.ts'

/** One measurement of one contestant: its value in the contest's unit, and what was seen beside it. */
export interface Measured {
  readonly value: number
  readonly p50Milliseconds?: number
  readonly p99Milliseconds?: number
  /** Processor time of the contestant's process for one operation, all threads. */
  readonly cpuMicroseconds?: number
}

export interface Contestant {
  /** As printed: `oidc-provider 9.13.3`, `bare Fastify route`. */
  readonly name: string
  readonly measure: (seconds: number) => Promise<Measured>
  readonly close: () => Promise<void> | void
}

/** Who takes part: ours always; a peer, a limit of the machine, or both. */
export interface Contestants {
  readonly ours: Contestant
  readonly peer?: Contestant
  readonly limit?: Contestant
}

export type Target =
  | { readonly against: 'peer' | 'limit'; readonly atLeast: number }
  | { readonly against: 'limit'; readonly atMost: number }
  /** Of our own value. */
  | { readonly against: 'value'; readonly atLeast: number }
  | { readonly against: 'value'; readonly atMost: number }

export interface Contest {
  /** Kebab-case; what `--only` takes. */
  readonly name: string
  readonly title: string
  readonly unit: string
  readonly targets: readonly Target[]
  /** Takes minutes: only where it is named. */
  readonly isLong?: true
  /** Starts whatever is needed and makes everybody ready. */
  readonly open: (bench: Bench) => Promise<Contestants>
}

/** What a running bench lends to its contests. Subjects are started when first asked for, and shared. */
export interface Bench {
  /** For databases, on the disk the bench stands on; removed at the end. */
  readonly folder: string
  readonly connections: number
  readonly subject: (name: string, settings?: unknown) => Promise<Subject>
  readonly atEnd: (close: () => Promise<void> | void) => void
}
