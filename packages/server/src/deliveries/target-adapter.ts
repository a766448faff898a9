/** What the adapters of all targets share: how a key is handed to one, what is written, and what an answer means. */
import { readFile } from 'node:fs/promises'
import type { DeliveryOutcome, KeyDelivery } from '@latchwork/api-keys'
import { Secret } from '@latchwork/kernel'
import type { Credential } from '../config/delivery-target.ts'
import { type GuardedFetch, type OutboundAnswer, OutboundError } from '../outbound/guarded-fetch.ts'

export interface TargetAdapter {
  /** What is wrong with the path there, in one sentence. */
  readonly faultOf: (path: string) => string | undefined
  /** Puts the key there, so that doing it again changes nothing. @throws Undelivered, OutboundError. */
  readonly deliver: (delivery: KeyDelivery) => Promise<string>
}

export interface AdapterParts {
  readonly fetch: GuardedFetch
  readonly now: () => number
}

/** The target did not take the key. */
export class Undelivered extends Error {
  /** Whether the target may have taken it all the same. */
  readonly mayHaveArrived: boolean

  constructor(message: string, mayHaveArrived: boolean) {
    super(message)
    this.name = 'Undelivered'
    this.mayHaveArrived = mayHaveArrived
  }
}

/** What is written into a store; always the same for one key, so that a second writing is known to be one. */
export function documentOf({ secret, keyId, accountId, environment }: KeyDelivery): Readonly<Record<string, string>> {
  return { apiKey: secret.reveal(), keyId, accountId, environment }
}

const MAX_CREDENTIAL_BYTES = 64 * 1024

/** A file is read at each delivery: agents renew tokens. @throws Undelivered. */
export async function readCredential(credential: Credential, what: string): Promise<Secret> {
  if ('given' in credential) return credential.given
  try {
    const text = (await readFile(credential.file, 'utf8')).trimEnd()
    if (text !== '' && text.length <= MAX_CREDENTIAL_BYTES && !/[\r\n]/.test(text)) return new Secret(text)
  } catch {
    // said below
  }
  throw new Undelivered(`the file of ${what} cannot be read, or holds something else`, false)
}

/** The status alone decides: what was refused did not arrive, what failed behind the answer may have. */
export function refusedBy(target: string, { status }: OutboundAnswer, why = ''): Undelivered {
  return new Undelivered(`${target} answered ${status}${why === '' ? '' : ` (${why})`}`, status >= 500)
}

export function isDone({ status }: OutboundAnswer): boolean {
  return status >= 200 && status <= 299
}

export function jsonIn({ body }: OutboundAnswer): Readonly<Record<string, unknown>> {
  try {
    const content: unknown = JSON.parse(body.toString('utf8'))
    return typeof content === 'object' && content !== null ? (content as Readonly<Record<string, unknown>>) : {}
  } catch {
    return {}
  }
}

/** Nothing was sent if no connection came about. */
const BEFORE_SENDING = /^not reached: (?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|ERR_TLS)/

export function outcomeOf(error: unknown): DeliveryOutcome {
  if (error instanceof Undelivered) return { delivered: false, note: error.message, mayHaveArrived: error.mayHaveArrived }
  if (!(error instanceof OutboundError)) return { delivered: false, note: 'the delivery failed', mayHaveArrived: true }
  const isBefore = error.reason === 'address_refused' || BEFORE_SENDING.test(error.message)
  return { delivered: false, note: error.message, mayHaveArrived: !isBefore }
}
