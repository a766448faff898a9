/** Claims in plain words (RFC 7519 §4.1, RFC 9068 §2.2, OpenID Connect Core §2 and §5.1, RFC 8693, RFC 7800, RFC 9449; and Latchwork's own). */
import { timeWords } from './time-words.ts'

interface Moment {
  readonly now: number
  readonly timeZone?: string
}

const times: ReadonlyMap<string, string> = new Map([
  ['exp', 'good until'],
  ['nbf', 'not good before'],
  ['iat', 'made at'],
  ['auth_time', 'the person proved themselves at'],
  ['updated_at', 'what is known of the person was changed at'],
  ['toe', 'what it tells of happened at'],
])

const rows: ReadonlyMap<string, string> = new Map([
  ['iss', 'who made it: take it only from the issuer you trust'],
  ['sub', 'whom it speaks of, unique at its issuer'],
  ['aud', 'whom it is for: an API takes it only if it is named here'],
  ['jti', 'its own name, by which it can be refused or counted'],
  ['scope', 'what it may do'],
  ['client_id', 'the application it was given to'],
  ['azp', 'the application it was given to'],
  ['nonce', 'the value the application asked with: it must be the same'],
  ['acr', 'how surely the person proved themselves'],
  ['amr', 'by which means the person proved themselves'],
  ['at_hash', 'binds it to the access token given with it'],
  ['c_hash', 'binds it to the code given with it'],
  ['s_hash', 'binds it to the state of the request'],
  ['sid', 'the session of the person at the issuer'],
  ['cnf', 'bound to a key: no use to whoever cannot prove to hold it'],
  ['act', 'who acts, on behalf of sub'],
  ['may_act', 'who may act on behalf of sub'],
  ['events', 'what happened'],
  ['txn', 'the transaction it belongs to'],
  ['authorization_details', 'what it may do, in detail (RFC 9396)'],
  ['htm', 'the method of the one request it proves'],
  ['htu', 'the address of the one request it proves'],
  ['ath', 'the SHA-256 of the access token it goes with'],
  ['name', "the person's name"],
  ['given_name', "the person's given name"],
  ['family_name', "the person's family name"],
  ['preferred_username', 'what the person likes to be called; not unique, and it can change'],
  ['email', "the person's address; it can change: know people by iss and sub"],
  ['email_verified', 'whether the issuer has seen that the address is theirs'],
  ['phone_number', "the person's telephone number"],
  ['phone_number_verified', 'whether the issuer has seen that the number is theirs'],
  ['picture', "the address of the person's picture"],
  ['locale', 'the language the person reads'],
  ['zoneinfo', "the person's time zone"],
  ['roles', 'roles, as its maker means them'],
  ['groups', 'groups, as its maker means them'],
  ['entitlements', 'permissions, as its maker means them'],
  ['permissions', 'permissions, as its maker means them'],
  ['tenant', 'the customer it belongs to, as its maker means it'],
  ['account_id', "Latchwork: the person's account (organisation)"],
  ['client_account_id', "Latchwork: the client's account (organisation)"],
  ['grant_id', 'Latchwork: the authorization it lives by; it dies with it'],
  ['consent_id', "Latchwork: the person's permission it lives by; it dies with it"],
  ['environment', 'Latchwork: live or test'],
  ['subject_type', 'Latchwork: whether sub is a name for this client alone'],
])

export function claimWords(name: string, value: unknown, { now, timeZone }: Moment): string {
  const time = times.get(name)
  if (time !== undefined) return typeof value === 'number' ? `${time} ${timeWords(value, now, timeZone)}` : `${time}: not a time, so not a valid claim`
  return rows.get(name) ?? 'not a registered claim: ask its maker'
}
