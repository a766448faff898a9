/** How a protected resource says no: status, `WWW-Authenticate` (RFC 6750 §3) and a problem document (RFC 9457). */
import { asciiOf, type Refusal } from '@latchwork/kernel'
import { rateLimitFields } from './rate-limit-fields.ts'

export interface ChallengeOptions {
  /** RFC 9110 §11.5. */
  readonly realm?: string
  /** Address of the protected resource metadata (RFC 9728 §5.1). */
  readonly resourceMetadata?: string
  /** What the code is appended to for the problem's `type`: the address of a page that explains it. */
  readonly problemTypes?: string
  /** Adds the older `RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset` where limits are told. */
  readonly legacyRateLimitFields?: boolean
}

export interface Challenge {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: ProblemDocument
}

export interface ProblemDocument {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  /** The stable code: what programs should look at. */
  readonly code: string
  /** The limits that refused (draft-ietf-httpapi-ratelimit-headers-11). */
  readonly 'violated-policies'?: readonly string[]
}

/** The errors that RFC 6750 §3.1 knows; only they are told in the challenge. */
const bearerErrors: readonly string[] = ['invalid_request', 'invalid_token', 'insufficient_scope']

/** Those that RFC 6750 §3.1 gives them: a wrong method or address is no matter of credentials. */
const challengedStatuses: readonly number[] = [400, 401, 403]

/** The answer to send for a refusal: nothing in it tells the bearer more than the closed table of refusals does. */
export function challengeFor(refusal: Refusal, options: ChallengeOptions = {}): Challenge {
  const { code, status, title, detail, retryAfterSeconds, limits = [] } = refusal
  const violated = limits.filter((limit) => limit.retryAfterSeconds !== undefined).map(({ name }) => name)
  const challenged = challengedStatuses.includes(status) && bearerErrors.includes(refusal.oauthError)
  return {
    status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...(challenged ? { 'www-authenticate': bearerChallenge(refusal, options) } : {}),
      ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
      ...rateLimitFields(limits, { legacy: options.legacyRateLimitFields === true }),
    },
    body: {
      type: `${options.problemTypes ?? 'urn:latchwork:problem:'}${code}`,
      title,
      status,
      detail,
      code,
      ...(violated.length === 0 ? {} : { 'violated-policies': violated }),
    },
  }
}

function bearerChallenge(refusal: Refusal, options: ChallengeOptions): string {
  // RFC 6750 §3.1: to a request without a credential no error is told.
  const told = refusal.code !== 'credential_missing'
  const parameters = {
    realm: options.realm,
    error: told ? refusal.oauthError : undefined,
    error_description: told ? refusal.detail : undefined,
    scope: refusal.neededScopes?.join(' '),
    resource_metadata: options.resourceMetadata,
  }
  // RFC 6750 §3: so that nothing needs escaping and nothing can end the header.
  const written = Object.entries(parameters).flatMap(([name, value]) => (value === undefined ? [] : [`${name}="${asciiOf(value)}"`]))
  return written.length === 0 ? 'Bearer' : `Bearer ${written.join(', ')}`
}
