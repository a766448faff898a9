/**
 * The one verification call: form → checksum → digest → status and time → environment → address → scope → limits → credits. A refusal at any step takes nothing of a later one, and
 * every outcome has a code. Asked by an authenticated verifier, who may know what a bearer may not (design, decision 23).
 */
import { type CredentialRecord, covers, coversAll, type Environment, isAddress, judgeCredential, Refusal, refuse, type Soon } from '@latchwork/kernel'
import { type HeldRecord, type KeyOutcome, outcomeOfVerdict, type UseCosts } from '@latchwork/verify'
import { type Counters, takeUse, type UseTaken } from './take-use.ts'

/** `all` and `any` both, where both are given. */
export interface ScopeDemand {
  readonly all?: readonly string[]
  readonly any?: readonly string[]
}

export interface KeyQuestion extends UseCosts {
  readonly key: string
  /** Either, if absent. */
  readonly environment?: Environment
  /** Where the key's caller is. */
  readonly address?: string
  /** Counted, not judged. */
  readonly userAgent?: string
  readonly scopes?: readonly string[] | ScopeDemand
}

export interface KeyVerification {
  readonly code: KeyOutcome
  /** Of the key, once it is found. */
  readonly record?: CredentialRecord
  readonly use?: UseTaken
}

type Known = Pick<HeldRecord, 'record'>

export interface KeyVerifier {
  readonly now: () => number
  readonly lookUp: (text: string) => Soon<Known | undefined>
  readonly counters: Counters
  /** Starts the clock of the key before this one. */
  readonly noteFirstUse: (keyId: string, now: number) => Promise<void>
}

/**
 * At once where the key is remembered and its uses are counted in this process.
 * @throws Refusal `request_malformed` for an address that is none or a limit named twice; `store_unavailable`, `overloaded` where it cannot be told: that is no answer about the key.
 */
export function verifyKey(verifier: KeyVerifier, question: KeyQuestion): KeyVerification | Promise<KeyVerification> {
  if (question.address !== undefined && !isAddress(question.address)) return refuse('request_malformed', { detail: 'address is an IPv4 or IPv6 address.' })
  if (isNamedTwice(question.limits ?? [])) return refuse('request_malformed', { detail: 'Name each of limits once.' })
  try {
    const found = verifier.lookUp(question.key)
    return found instanceof Promise ? found.then((later) => judge(verifier, question, later)).catch(outcomeOfRefusal) : judge(verifier, question, found)
  } catch (error) {
    return outcomeOfRefusal(error)
  }
}

/** Of two costs of one limit, neither is what was asked. */
function isNamedTwice(limits: readonly { readonly name: string }[]): boolean {
  return limits.length > 1 && new Set(limits.map(({ name }) => name)).size < limits.length
}

function judge(verifier: KeyVerifier, question: KeyQuestion, found: Known | undefined): KeyVerification | Promise<KeyVerification> {
  if (found === undefined || found.record.principal.mechanism !== 'api_key') return { code: 'NOT_FOUND' }
  const { record } = found
  const now = verifier.now()
  const code = outcomeBeforeCounting(record, question, now)
  if (code !== 'VALID') return { code, record }
  const use = record.metered === true || (question.limits?.length ?? 0) > 0 ? takeUse(verifier.counters, record, question, now) : undefined
  if (use === undefined) return accept(verifier, { code, record }, now)
  const counted = (taken: UseTaken): KeyVerification | Promise<KeyVerification> => accept(verifier, { code: taken.code, record, use: taken }, now)
  return use instanceof Promise ? use.then(counted) : counted(use)
}

/** A use that is refused starts no clock: the key before this one may be all that its holder has. */
function accept({ noteFirstUse }: KeyVerifier, answer: KeyVerification, now: number): KeyVerification | Promise<KeyVerification> {
  const { code, record } = answer
  return code === 'VALID' && record?.startsOverlap === true ? noteFirstUse(record.principal.credentialId, now).then(() => answer) : answer
}

/** Everything that is free. */
function outcomeBeforeCounting(record: CredentialRecord, { environment, address, scopes }: KeyQuestion, now: number): KeyOutcome {
  const verdict = judgeCredential(record, environment === undefined ? { now, address } : { now, address, expectedEnvironment: environment })
  if (verdict === 'wrong_address' && address === undefined) return 'ADDRESS_MISSING'
  if (verdict !== 'alive') return outcomeOfVerdict(verdict)
  return scopes === undefined || coversDemand(record.principal.scopes, scopes) ? 'VALID' : 'SCOPE_INSUFFICIENT'
}

function coversDemand(granted: readonly string[], demand: readonly string[] | ScopeDemand): boolean {
  if (isList(demand)) return coversAll(granted, demand)
  const { all = [], any } = demand
  return coversAll(granted, all) && (any === undefined || any.some((scope) => covers(granted, scope)))
}

function isList(demand: readonly string[] | ScopeDemand): demand is readonly string[] {
  return Array.isArray(demand)
}

/** The look-up tells by refusing; what it could not do is no outcome. */
function outcomeOfRefusal(error: unknown): KeyVerification {
  if (!(error instanceof Refusal)) throw error
  if (error.code === 'credential_malformed') return { code: 'MALFORMED' }
  if (error.code === 'credential_invalid') return { code: error.reason?.startsWith('ended') === true ? 'REVOKED' : 'NOT_FOUND' }
  throw error
}
