/** What a consent says: its scopes, each in the words that the person read. */
import type { OAuth } from './oauth.ts'
import { describeScope } from './scopes.ts'
import type { Consent } from './store.ts'

/** What `profile` said when it told the name alone: consents of that time say no more (decision 0033). */
const NAME_ALONE = 'See your name'

/** Whether the person has said yes to what the scope's sentence says now. */
export function wasAllowed(consent: Pick<Consent, 'scopes' | 'profileIsWhole'> | undefined, scope: string): boolean {
  return consent?.scopes.includes(scope) === true && (scope !== 'profile' || consent.profileIsWhole === true)
}

export function describeConsent(oauth: OAuth, consent: Consent): readonly string[] {
  return consent.scopes.map((scope) => (scope === 'profile' && consent.profileIsWhole !== true ? NAME_ALONE : describeScope(oauth, scope, consent.audience)))
}

/** The mark of a consent under which a person has just allowed these scopes: what they were not asked about stays as it was. */
export function markOf(allowed: readonly string[], former: Consent | undefined): Pick<Consent, 'profileIsWhole'> {
  return allowed.includes('profile') || former?.profileIsWhole === true ? { profileIsWhole: true } : {}
}
