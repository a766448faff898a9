/** What an authorization request still needs before a code can be issued: a sign-in, a consent, nothing. */
import { refuse } from '@latchwork/kernel'
import { isAssured, reachesOnlyIt } from '../applications/maker.ts'
import { wasAllowed } from '../consent.ts'
import type { OAuth } from '../oauth.ts'
import { definesScope } from '../scopes.ts'
import type { Consent } from '../store.ts'
import { reachesOneOf } from '../tokens/acr.ts'
import { subjectOf } from '../tokens/subject.ts'
import type { AuthorizationRequest } from './read-request.ts'

/** A person who is signed in at this server; `accounts` fills it. */
export interface SignedIn {
  readonly sessionId: string
  readonly userId: string
  /** Epoch milliseconds. */
  readonly authenticatedAt: number
  /** How (RFC 8176). */
  readonly methods?: readonly string[]
}

export type NextStep =
  | { readonly step: 'sign_in' }
  | { readonly step: 'consent'; readonly signedIn: SignedIn; readonly consent: Consent | undefined }
  | { readonly step: 'issue'; readonly signedIn: SignedIn; readonly consent: Consent }

export interface Situation {
  readonly signedIn: SignedIn | undefined
  readonly consent: Consent | undefined
  /** When this request was last sent to sign-in, if it was. */
  readonly proofAfter: number | undefined
  readonly now: number
}

type Needs = Pick<OAuth, 'apis' | 'pairwiseKey'>

/**
 * Somebody signed in, recently enough → the person expected → strongly enough → consent.
 * @throws Refusal `login_required`, `consent_required` under `prompt=none` (OpenID Connect Core §3.1.2.6); `login_required`, `authentication_unmet` also otherwise,
 * when the person has just signed in and is another, or did not prove enough.
 */
export function nextStep(oauth: Needs, request: AuthorizationRequest, situation: Situation): NextStep {
  const { signedIn, consent } = situation
  const silent = request.prompts.includes('none')
  if (signedIn === undefined || !isFreshEnough(request, signedIn, situation)) return silent ? refuse('login_required') : { step: 'sign_in' }
  const isOther = request.expectedSubject !== undefined && subjectOf(oauth, request.client, signedIn.userId) !== request.expectedSubject
  const isTooWeak = request.requiredAcrs !== undefined && !reachesOneOf(signedIn.methods ?? [], request.requiredAcrs)
  if (isOther || isTooWeak) {
    if (!silent && !hasJustProven(signedIn, situation)) return { step: 'sign_in' }
    return isOther ? refuse('login_required', { detail: 'Another person is signed in than the one the request names.' }) : refuse('authentication_unmet')
  }
  // Who it is is not known for sure: a yes of the past may have been for another who uses its name (RFC 6749 §10.2, RFC 8252 §8.6).
  const isKnown = isAssured(request.client) && reachesOnlyIt(request.client, request.redirectUri)
  const covered = isKnown && consent !== undefined && coversRequest(oauth, consent, request) && !request.prompts.includes('consent')
  if (!covered) return silent ? refuse('consent_required') : { step: 'consent', signedIn, consent }
  return { step: 'issue', signedIn, consent }
}

/** So long a proof counts as given to the request that asked for it: the time to read a page, not to come back to an old address. */
const ANSWER_MS = 15 * 60_000

function hasJustProven({ authenticatedAt }: SignedIn, { proofAfter, now }: Situation): boolean {
  return proofAfter !== undefined && authenticatedAt >= proofAfter && isWithin(ANSWER_MS, authenticatedAt, now)
}

/** A page takes so long to read: a max_age below that would, by the letter, ask for ever. */
const READING_SECONDS = 60

function isFreshEnough(request: AuthorizationRequest, signedIn: SignedIn, situation: Situation): boolean {
  const { maxAgeSeconds } = request
  const isYoungEnough = maxAgeSeconds === undefined || isWithin(maxAgeSeconds * 1000, signedIn.authenticatedAt, situation.now)
  // The proof that this request asked for answers prompt=login, and max_age=0, which asks for a proof as that does (OpenID Connect Core §3.1.2.1); a longer max_age goes on to count.
  if (hasJustProven(signedIn, situation)) return isYoungEnough || maxAgeSeconds <= READING_SECONDS
  return isYoungEnough && !request.prompts.includes('login') && !request.prompts.includes('select_account')
}

/** Clocks of two nodes may differ by so much. */
const SKEW_MS = 60_000

/** A proof of a time to come was given before the clock was set back: how long ago nobody knows. */
function isWithin(milliseconds: number, authenticatedAt: number, now: number): boolean {
  return authenticatedAt <= now + SKEW_MS && now - authenticatedAt <= milliseconds
}

/** Remembered consent never covers more than was said: every scope, every audience (O7). */
function coversRequest(oauth: Pick<OAuth, 'apis'>, consent: Consent, request: AuthorizationRequest): boolean {
  const { audience } = consent
  // A word that two of the APIs share may have been allowed for one of them alone.
  const isAmbiguous = (scope: string): boolean => audience.filter((api) => definesScope(oauth, api, scope)).length > 1
  return request.consentScopes.every((scope) => wasAllowed(consent, scope) && !isAmbiguous(scope)) && request.audience.every((api) => audience.includes(api))
}
