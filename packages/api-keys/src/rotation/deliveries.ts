/** How a key leaves for a secret store: one port, which the server fills with an adapter for each kind of target. */
import type { Environment, Secret } from '@latchwork/kernel'

export interface KeyDelivery {
  /** The same on every attempt. */
  readonly id: string
  readonly target: string
  /** Whole: `{key}` is filled in. */
  readonly path: string
  readonly secret: Secret
  readonly keyId: string
  readonly accountId: string
  readonly environment: Environment
  readonly name: string
}

/** `note`: in public words. `mayHaveArrived`: no answer tells that it did not. */
export type DeliveryOutcome =
  | { readonly delivered: true; readonly note: string }
  | { readonly delivered: false; readonly note: string; readonly mayHaveArrived: boolean }

export interface Deliveries {
  /** What is wrong with the target or the path for this account, in one sentence; `undefined`: nothing. */
  readonly faultOf: (place: {
    readonly target: string
    readonly path: string
    readonly accountId: string
    readonly environment: Environment
  }) => string | undefined
  /** Puts the key there. Doing it again changes nothing. Never rejects. */
  readonly deliver: (delivery: KeyDelivery) => Promise<DeliveryOutcome>
}
