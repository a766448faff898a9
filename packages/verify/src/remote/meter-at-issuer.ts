/** A use of a key with limits or credits: judged and counted by the issuer, `POST /v1/keys/verify`, every time (design, decision 21). */
import { type Environment, type LimitState, type Metering, refuse } from '@latchwork/kernel'
import { keyOutcomes } from '../key-outcomes.ts'
import type { MeteredUse } from '../ports.ts'
import type { IssuerConnection } from './issuer-connection.ts'

/** @throws Refusal as the outcome says; `store_unavailable` for every answer that is none: what was not counted does not pass. */
export async function meterAtIssuer(connection: IssuerConnection, environment: Environment | 'both', use: MeteredUse): Promise<Metering> {
  const { text, address, scopes, costs } = use
  const body = {
    key: text,
    ...(environment === 'both' ? {} : { environment }),
    ...(address === undefined ? {} : { address }),
    ...(scopes.length === 0 ? {} : { scopes }),
    ...costs,
  }
  const { status, json } = await connection.ask('POST', '/v1/keys/verify', { authorized: true, body })
  const answer = status === 200 ? readAnswer(json) : undefined
  if (answer === undefined) return refuse('store_unavailable', { reason: `the issuer answered a verification with ${status}` })
  const { code, limits, remaining, retryAfterSeconds } = answer
  const { refusal } = keyOutcomes[code]
  if (refusal === undefined) return { limits, ...(remaining === undefined ? {} : { credits: { remaining } }) }
  return refuse(refusal, {
    reason: code,
    limits,
    about: { credentialId: use.record.principal.credentialId },
    ...(code === 'SCOPE_INSUFFICIENT' ? { neededScopes: scopes } : {}),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  })
}

interface Answer {
  readonly code: keyof typeof keyOutcomes
  readonly limits: readonly LimitState[]
  readonly remaining?: number
  readonly retryAfterSeconds?: number
}

type Members = Readonly<Record<string, unknown>>

function readAnswer(json: unknown): Answer | undefined {
  if (!isObject(json) || typeof json['code'] !== 'string' || !Object.hasOwn(keyOutcomes, json['code'])) return undefined
  const code = json['code'] as Answer['code']
  const { valid, limits = [], credits, retryAfterSeconds } = json
  if (valid !== (code === 'VALID') || !Array.isArray(limits) || !limits.every(isLimitState)) return undefined
  if (!(credits === undefined || (isObject(credits) && isWhole(credits['remaining']))) || !(retryAfterSeconds === undefined || isWhole(retryAfterSeconds)))
    return undefined
  return {
    code,
    limits,
    ...(credits === undefined ? {} : { remaining: (credits as { readonly remaining: number }).remaining }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  }
}

/** Its name goes into a header: the characters that names of limits have, and no others. */
function isLimitState(value: unknown): value is LimitState {
  if (!isObject(value)) return false
  const { name, count, periodSeconds, remaining, resetSeconds, retryAfterSeconds } = value
  const numbers = [count, periodSeconds, remaining, resetSeconds, retryAfterSeconds ?? 0]
  return typeof name === 'string' && /^[\w.-]{1,64}$/.test(name) && numbers.every(isWhole)
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
