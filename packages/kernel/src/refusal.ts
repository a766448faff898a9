/** Every way Latchwork says no: one closed table (its rows stand in `refusals/`), one error class. */

import { asciiOf } from './ascii.ts'
import { redactCredentials } from './credential.ts'
import type { LimitState } from './metering.ts'
import { keyRefusals } from './refusals/keys.ts'
import { oauthRefusals } from './refusals/oauth.ts'
import { peopleRefusals } from './refusals/people.ts'
import { requestRefusals } from './refusals/requests.ts'
import type { RefusalRow } from './refusals/row.ts'

export const refusals = { ...requestRefusals, ...keyRefusals, ...peopleRefusals, ...oauthRefusals } as const satisfies Readonly<Record<string, RefusalRow>>

export type RefusalCode = keyof typeof refusals

export interface RefusalOptions {
  /** One public sentence that helps the caller's developer. Never a secret, never what only an attacker would want to know. */
  readonly detail?: string
  /** Why, for the log and the event; never sent. */
  readonly reason?: string
  /** The error beneath, for the log; never sent. */
  readonly cause?: unknown
  /** Seconds after which a repetition makes sense: becomes `Retry-After`. */
  readonly retryAfterSeconds?: number
  /** Scopes the call needs, for `insufficient_scope` (RFC 6750 §3). */
  readonly neededScopes?: readonly string[]
  /** The credential's limits as they stand, where one of them refused. */
  readonly limits?: readonly LimitState[]
  /** Ids of what the refusal concerns, for the event; never sent. */
  readonly about?: {
    readonly accountId?: string
    readonly userId?: string
    readonly clientId?: string
    readonly credentialId?: string
    readonly grantId?: string
    readonly sessionId?: string
  }
}

/** A refusal: the only error that reaches callers. Everything else is answered as `internal`, and logged. */
export class Refusal extends Error {
  readonly code: RefusalCode
  readonly detail: string
  readonly reason: string | undefined
  readonly retryAfterSeconds: number | undefined
  readonly neededScopes: readonly string[] | undefined
  readonly limits: readonly LimitState[] | undefined
  readonly about: NonNullable<RefusalOptions['about']>

  constructor(code: RefusalCode, options: RefusalOptions = {}) {
    const detail = options.detail === undefined ? refusals[code].mend : redactCredentials(options.detail) // it may name what the caller sent (R8)
    // What is refused to a caller has no fault of ours to trace, and a flood of refusals must be cheap.
    const traced = Error.stackTraceLimit
    if (refusals[code].status < 500) Error.stackTraceLimit = 0
    super(`${code}: ${detail}`, options.cause === undefined ? undefined : { cause: options.cause })
    Error.stackTraceLimit = traced
    this.name = 'Refusal'
    this.code = code
    this.detail = detail
    this.reason = options.reason
    this.retryAfterSeconds = options.retryAfterSeconds ?? (refusals[code].status === 503 ? 1 : undefined)
    this.neededScopes = options.neededScopes
    this.limits = options.limits
    this.about = options.about ?? {}
  }

  get status(): number {
    return refusals[this.code].status
  }

  get oauthError(): string {
    return refusals[this.code].oauth
  }

  /** Whether `detail` is the table's own sentence. */
  get isAsInTable(): boolean {
    return this.detail === refusals[this.code].mend
  }

  /** `detail` in the characters that `error_description` may have (RFC 6749 §5.2). */
  get oauthDescription(): string {
    return asciiOf(this.detail)
  }

  get title(): string {
    return refusals[this.code].title
  }
}

/** Throws a `Refusal`; `return refuse(…)` reads well where a value is expected. */
export function refuse(code: RefusalCode, options?: RefusalOptions): never {
  throw new Refusal(code, options)
}
