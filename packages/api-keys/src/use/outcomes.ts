/** What can come of presenting a key that exists: the rows by which use is counted. Keys that do not exist are not counted: a flood of them makes nothing. */

export const useOutcomes = {
  valid: 'The key was accepted',
  revoked: 'The key, or something it lives by, had ended',
  disabled: 'The key was stopped for a while',
  not_yet_valid: 'Before the start of the key',
  expired: 'After the end of the key',
  wrong_environment: 'A key of the other environment',
  wrong_audience: 'A key for another API',
  wrong_address: 'From an address the key may not be used from',
  scope_insufficient: 'The key lacks a scope that was asked for',
  rate_limited: 'Over a limit of the key',
  credits_exhausted: 'The credits of the key are spent',
  refused: 'Refused for another reason',
} as const

export type UseOutcome = keyof typeof useOutcomes

export const useOutcomeNames = Object.keys(useOutcomes) as readonly UseOutcome[]

/** Where each outcome is counted; a number, because counting happens on every verification. */
export const useOutcomeIndex = Object.fromEntries(useOutcomeNames.map((name, index) => [name, index])) as Readonly<Record<UseOutcome, number>>

export function isUseOutcome(text: string): text is UseOutcome {
  return Object.hasOwn(useOutcomes, text)
}

const byCode: Readonly<Record<string, UseOutcome>> = {
  credential_expired: 'expired',
  credential_not_yet_valid: 'not_yet_valid',
  credential_wrong_environment: 'wrong_environment',
  credential_wrong_address: 'wrong_address',
  scope_insufficient: 'scope_insufficient',
  rate_limited: 'rate_limited',
  credits_exhausted: 'credits_exhausted',
}

/**
 * The outcome behind a refusal of a key that was found. `credential_invalid` tells the bearer nothing (design, decision 23), so its reason decides.
 */
export function outcomeOfRefusal(refusal: { readonly code: string; readonly reason?: string | undefined }): UseOutcome {
  const { code, reason } = refusal
  if (code === 'credential_invalid' && reason !== undefined) return outcomeOfCode(reason)
  return byCode[code] ?? 'refused'
}

/** The outcome behind a code of `POST /v1/keys/verify`, or a verdict of the kernel, of a key that was found. */
export function outcomeOfCode(code: string): UseOutcome {
  const outcome = code === 'ADDRESS_MISSING' ? 'wrong_address' : code.toLowerCase()
  return isUseOutcome(outcome) ? outcome : 'refused'
}
