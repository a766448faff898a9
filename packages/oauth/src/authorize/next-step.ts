/** What an authorization request still needs before a code can be issued: a sign-in, a consent, nothing. */
import { refuse } from '@latchwork/kernel'
import type { Consent } from '../store.ts'
import type { AuthorizationRequest } from './read-request.ts'

/** A person who is signed in at this server; `accounts` fills it. */
export interface SignedIn {
  readonly sessionId: string
  readonly userId: string
  /** Epoch milliseconds. */
  readonly authenticatedAt: number
}

export type NextStep =
  | { readonly step: 'sign_in' }
  | { readonly step: 'consent'; readonly signedIn: SignedIn; readonly consent: Consent | undefined }
  | { readonly step: 'issue'; readonly signedIn: SignedIn; readonly consent: Consent }

export interface Situation {
  readonly signedIn: SignedIn | undefined
  readonly consent: Consent | undefined
  /** The person must have proven themselves after this time; set when the request was sent to sign-in for `prompt=login`. */
  readonly proofAfter: number | undefined
  readonly now: number
}

/** @throws Refusal `login_required`, `consent_required` under `prompt=none` (OpenID Connect Core §3.1.2.6). */
export function nextStep(request: AuthorizationRequest, situation: Situation): NextStep {
  const { signedIn, consent } = situation
  const silent = request.prompts.includes('none')
  if (signedIn === undefined || !isFreshEnough(request, signedIn, situation)) return silent ? refuse('login_required') : { step: 'sign_in' }
  const covered = consent !== undefined && coversRequest(consent, request) && !request.prompts.includes('consent')
  if (!covered) return silent ? refuse('consent_required') : { step: 'consent', signedIn, consent }
  return { step: 'issue', signedIn, consent }
}

function isFreshEnough(request: AuthorizationRequest, signedIn: SignedIn, { proofAfter, now }: Situation): boolean {
  if (request.maxAgeSeconds !== undefined && now - signedIn.authenticatedAt > request.maxAgeSeconds * 1000) return false
  const mustProve = request.prompts.includes('login') || request.prompts.includes('select_account')
  return !mustProve || (proofAfter !== undefined && signedIn.authenticatedAt >= proofAfter)
}

/** Remembered consent never covers more than was said: every scope, every audience (O7). */
function coversRequest(consent: Consent, request: AuthorizationRequest): boolean {
  return request.scopes.every((scope) => consent.scopes.includes(scope)) && request.audience.every((api) => consent.audience.includes(api))
}
