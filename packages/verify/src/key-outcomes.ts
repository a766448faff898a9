/** What `POST /v1/keys/verify` answers of a key: a machine code for every outcome, in the order of the checks, and the refusal that a bearer is told for it. */
import type { RefusalCode, Verdict } from '@latchwork/kernel'

interface Row {
  /** What the bearer of the key is told; the same for what they must not tell apart (design, decision 23). */
  readonly refusal: RefusalCode | undefined
  readonly means: string
}

export const keyOutcomes = {
  VALID: { refusal: undefined, means: 'The key may do what was asked, and what it costs was taken.' },
  MALFORMED: { refusal: 'credential_malformed', means: 'Not a key: its form or checksum is wrong. Nothing was looked up.' },
  NOT_FOUND: { refusal: 'credential_invalid', means: 'There is no such key.' },
  REVOKED: { refusal: 'credential_invalid', means: 'The key, or something it lives by, has ended.' },
  DISABLED: { refusal: 'credential_invalid', means: 'The key is stopped for a while: whoever manages it can enable it again.' },
  NOT_YET_VALID: { refusal: 'credential_not_yet_valid', means: 'Before the start of the key.' },
  EXPIRED: { refusal: 'credential_expired', means: 'After the end of the key.' },
  WRONG_ENVIRONMENT: { refusal: 'credential_wrong_environment', means: 'A key of the other environment.' },
  ADDRESS_MISSING: { refusal: 'credential_wrong_address', means: 'The key is bound to networks, and the call did not say where its caller is: send address.' },
  WRONG_ADDRESS: { refusal: 'credential_wrong_address', means: 'The address is in none of the networks the key is bound to.' },
  SCOPE_INSUFFICIENT: { refusal: 'scope_insufficient', means: 'The key lacks a scope that was asked for.' },
  LIMIT_UNKNOWN: { refusal: 'request_malformed', means: 'The key has no limit of a name in limits, or never lets so many pass at once. Nothing was taken.' },
  RATE_LIMITED: { refusal: 'rate_limited', means: 'A limit of the key is used up. Nothing was taken of any.' },
  CREDITS_EXHAUSTED: { refusal: 'credits_exhausted', means: 'The key has fewer credits than the call costs. Nothing was taken.' },
} as const satisfies Record<string, Row>

export type KeyOutcome = keyof typeof keyOutcomes

/** Keys serve every API, so that `wrong_audience` does not come up; it is no reason to accept one. */
const byVerdict: Readonly<Record<Verdict, KeyOutcome>> = {
  alive: 'VALID',
  revoked: 'REVOKED',
  disabled: 'DISABLED',
  not_yet_valid: 'NOT_YET_VALID',
  expired: 'EXPIRED',
  wrong_environment: 'WRONG_ENVIRONMENT',
  wrong_address: 'WRONG_ADDRESS',
  wrong_audience: 'NOT_FOUND',
}

export function outcomeOfVerdict(verdict: Verdict): KeyOutcome {
  return byVerdict[verdict]
}
