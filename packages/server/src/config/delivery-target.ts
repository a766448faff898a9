/** Where rotated keys are delivered to: the targets as they are once read. */
import type { Environment, Secret } from '@latchwork/kernel'

/** A secret that is read when it is used, because others renew its file; or one that is known. */
export type Credential = { readonly file: string } | { readonly given: Secret }

export interface Bounds {
  readonly name: string
  /** Accounts whose keys may go there; absent: all. */
  readonly accounts?: readonly string[]
  readonly environments?: readonly Environment[]
}

interface Peer {
  readonly url: string
  /** What every path begins with. */
  readonly prefix: string
  /** PEM of the only authorities that are believed. */
  readonly ca?: string
}

export interface VaultTarget extends Bounds, Peer {
  readonly kind: 'vault'
  readonly mount: string
  readonly version: 1 | 2
  readonly namespace?: string
  readonly token: Credential
}

export interface AwsTarget extends Bounds, Peer {
  readonly kind: 'aws'
  readonly region: string
  readonly accessKeyId: Credential
  readonly secretAccessKey: Credential
  readonly sessionToken?: Credential
}

export interface KubernetesTarget extends Bounds, Peer {
  readonly kind: 'kubernetes'
  readonly namespace: string
  readonly token: Credential
}

export interface FileTarget extends Bounds {
  readonly kind: 'file'
  /** Absolute. */
  readonly directory: string
}

export interface WebhookTarget extends Bounds, Peer {
  readonly kind: 'webhook'
  readonly secret: Credential
}

export type DeliveryTarget = VaultTarget | AwsTarget | KubernetesTarget | FileTarget | WebhookTarget
export type DeliveryKind = DeliveryTarget['kind']
