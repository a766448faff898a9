/** Rules over a JWT. */
import { isPlainHttp } from '../address.ts'
import type { FactRule } from '../rule.ts'
import { faultOfJwk } from '../weak-key.ts'
import type { TokenFacts } from './facts.ts'

const HOUR = 3600
const numberAt = (claims: Readonly<Record<string, unknown>>, name: string): number | undefined =>
  typeof claims[name] === 'number' ? (claims[name] as number) : undefined

/** Every claim, those inside others too, by its way: `user.email`. */
function claimsOf(value: unknown, way = '', depth = 0): readonly (readonly [string, unknown])[] {
  if (typeof value !== 'object' || value === null || depth > 8) return [[way, value]]
  return Object.entries(value).flatMap(([name, inner]) => claimsOf(inner, way === '' ? name : `${way}.${name}`, depth + 1))
}

const lastOf = (way: string): string => (way.split('.').findLast((part) => !/^\d+$/.test(part)) ?? way).replaceAll(/([a-z])([A-Z])/g, '$1_$2').toLowerCase()

const SECRET =
  /^(?:.*_)?(?:password|passwd|pwd|password_hash|secret|client_secret|api_?key|private_key|refresh_token|credit_card|card_number|cvv|ssn|iban|pin)$/
const PERSONAL =
  /^(?:email|e_mail|mail|phone|phone_number|mobile|address|street_address|birth_?date|date_of_birth|dob|given_name|family_name|first_name|last_name|full_name|gender|nationality|ip|ip_address)$/
/** An ID token is made to tell its client about the person. */
const isIdToken = ({ claims }: TokenFacts): boolean => claims['nonce'] !== undefined || claims['at_hash'] !== undefined || claims['auth_time'] !== undefined

export const tokenRules: readonly FactRule<TokenFacts>[] = [
  {
    id: 'token/algorithm-none',
    what: 'The token says it has no signature',
    why: 'Whoever writes one is whoever they say.',
    source: 'RFC 8725 §3.2',
    risk: 'high',
    mend: 'Sign it, and refuse none where it is verified.',
    check: ({ header }) => (header['alg'] === undefined || /^none$/i.test(String(header['alg']))) && { at: 'alg', saw: String(header['alg'] ?? 'absent') },
  },
  {
    id: 'token/signature-absent',
    what: 'The part for the signature is empty',
    why: 'A verifier that skips it takes whatever anybody writes.',
    source: 'RFC 7515 §5.2',
    risk: 'high',
    mend: 'Sign it.',
    check: ({ signature, header }) => signature === 'absent' && !/^none$/i.test(String(header['alg'])) && { at: 'signature' },
  },
  {
    id: 'token/signature-wrong',
    what: 'The signature does not fit the key that the token names',
    why: 'It was changed, or made by somebody else.',
    source: 'RFC 7515 §5.2',
    risk: 'high',
    mend: 'Refuse it, and look where it came from.',
    check: ({ signature, header }) => signature === 'wrong' && { at: 'signature', saw: `kid ${String(header['kid'] ?? 'absent').slice(0, 60)}` },
  },
  {
    id: 'token/key-unknown',
    what: 'The key set has no key for the token',
    why: 'The signature cannot be checked: it is of another issuer, or its key was withdrawn.',
    source: 'RFC 7515 §4.1.4',
    risk: 'medium',
    mend: 'Check with the key set of its issuer; put kid into the header.',
    check: ({ signature, header }) => signature === 'no-key' && { at: 'kid', saw: String(header['kid'] ?? 'absent').slice(0, 60) },
  },
  {
    id: 'token/key-weak',
    what: 'The key that signed the token is weak',
    why: 'Whoever works it out signs tokens for anybody.',
    source: 'RFC 8725 §3.5; RFC 7518 §3.3',
    risk: 'high',
    mend: 'Change it for RSA of 2048 bits at least, P-256 or Ed25519.',
    check: ({ key }) => {
      const saw = key === undefined ? undefined : faultOfJwk(key)
      return saw !== undefined && { at: 'key', saw }
    },
  },
  {
    id: 'token/secret-well-known',
    what: 'The token is signed with a secret out of a tutorial',
    why: 'Anybody can sign tokens for anybody.',
    source: 'RFC 8725 §3.5',
    risk: 'high',
    mend: 'Make a secret of 32 random bytes, or better a key pair, and treat every token as forged.',
    check: ({ guessed }) => guessed && { at: 'signature' },
  },
  {
    id: 'token/algorithm-symmetric',
    what: 'The token is signed with a shared secret',
    why: 'Every service that can verify it can make one.',
    source: 'RFC 8725 §3.5; RFC 9068 §2.1',
    risk: 'low',
    mend: 'Sign with ES256 or EdDSA and publish the public key; keep HMAC to one service alone.',
    check: ({ header }) => /^HS\d+$/.test(String(header['alg'])) && { at: 'alg', saw: String(header['alg']) },
  },
  {
    id: 'token/algorithm-outdated',
    what: 'The algorithm of the signature is not a current one',
    why: 'SHA-1 can be made to collide, and what is unknown is often not checked at all.',
    source: 'RFC 8725 §3.2; RFC 7518 §3.1',
    risk: 'high',
    mend: 'Use ES256, EdDSA, PS256 or RS256.',
    check: ({ header }) => {
      const alg = String(header['alg'] ?? 'none')
      return !/^(?:(?:HS|RS|PS|ES)(?:256|384|512)|ES256K|EdDSA|Ed25519|Ed448|ML-DSA-\d+|none)$/i.test(alg) && { at: 'alg', saw: alg.slice(0, 30) }
    },
  },
  {
    id: 'token/never-expires',
    what: 'The token has no expiry',
    why: 'A copy of it is good until the signing key is changed for everybody.',
    source: 'RFC 8725 §3.12; RFC 9068 §2.2',
    risk: 'high',
    mend: 'Put exp in: minutes for an access token.',
    check: ({ claims }) => numberAt(claims, 'exp') === undefined && { at: 'exp' },
  },
  {
    id: 'token/expiry-in-milliseconds',
    what: 'The expiry is told in milliseconds',
    why: 'Read as seconds, as it is, it lies tens of thousands of years away.',
    source: 'RFC 7519 §2 (NumericDate)',
    risk: 'high',
    mend: 'Divide by 1000.',
    check: ({ claims }) => (numberAt(claims, 'exp') ?? 0) > 1e11 && { at: 'exp', saw: String(claims['exp']) },
  },
  {
    id: 'token/lives-long',
    what: 'The token lives longer than a day',
    why: 'It cannot be called back: whoever copies it is that person until then.',
    source: 'RFC 9700 §2.2; Latchwork J4',
    risk: 'medium',
    mend: 'Let access tokens live minutes, and refresh them.',
    check: ({ claims, now }) => {
      const exp = numberAt(claims, 'exp')
      const seconds = exp === undefined || exp > 1e11 ? 0 : exp - (numberAt(claims, 'iat') ?? numberAt(claims, 'nbf') ?? Math.floor(now / 1000))
      return seconds > 24 * HOUR && { at: 'exp', saw: `${(seconds / 86_400).toFixed(1)} days` }
    },
  },
  {
    id: 'token/made-in-the-future',
    what: 'The token says that it was made later than now',
    why: 'A clock is wrong, or somebody makes tokens ahead.',
    source: 'RFC 7519 §4.1.6',
    risk: 'low',
    mend: 'Set the clocks by NTP.',
    check: ({ claims, now }) => (numberAt(claims, 'iat') ?? 0) > now / 1000 + 300 && { at: 'iat', saw: String(claims['iat']) },
  },
  {
    id: 'token/no-audience',
    what: 'The token does not say whom it is for',
    why: 'Every API of the issuer has to take it, the least trusted too, which can then use it elsewhere.',
    source: 'RFC 8725 §3.9; RFC 9068 §2.2',
    risk: 'medium',
    mend: 'Put aud in: the identifier of one API.',
    check: ({ claims }) =>
      (claims['aud'] === undefined || claims['aud'] === '' || (Array.isArray(claims['aud']) && claims['aud'].length === 0)) && { at: 'aud' },
  },
  {
    id: 'token/audience-everybody',
    what: 'The token is for everybody',
    why: 'An audience that fits all is none.',
    source: 'RFC 8725 §3.9',
    risk: 'medium',
    mend: 'Name the APIs one by one.',
    check: ({ claims }) => {
      const audiences = [claims['aud']].flat()
      return (audiences.includes('*') || audiences.length > 10) && { at: 'aud', saw: audiences.includes('*') ? '*' : `${audiences.length} audiences` }
    },
  },
  {
    id: 'token/no-issuer',
    what: 'The token does not say who made it',
    why: 'A verifier that trusts several issuers cannot tell whose word it is.',
    source: 'RFC 8725 §3.8; RFC 9068 §2.2',
    risk: 'medium',
    mend: 'Put iss in: the https address of the issuer.',
    check: ({ claims }) => typeof claims['iss'] !== 'string' && { at: 'iss' },
  },
  {
    id: 'token/issuer-not-https',
    what: 'The issuer of the token is plain http',
    why: 'Its keys are fetched from there: whoever is on the way puts in their own.',
    source: 'RFC 8414 §2',
    risk: 'medium',
    mend: 'Use an https issuer.',
    check: ({ claims }) => isPlainHttp(String(claims['iss'] ?? '')) && { at: 'iss', saw: String(claims['iss']).slice(0, 100) },
  },
  {
    id: 'token/no-type',
    what: 'The token does not say of which kind it is',
    why: 'An ID token, a logout token or one of another protocol can be passed off as an access token.',
    source: 'RFC 8725 §3.11; RFC 9068 §2.1',
    risk: 'low',
    mend: 'Put typ into the header: at+jwt for access tokens.',
    check: ({ header }) => header['typ'] === undefined && { at: 'typ' },
  },
  {
    id: 'token/no-identifier',
    what: 'The token has no jti',
    why: 'It cannot be told apart in logs, revoked alone, or refused a second time.',
    source: 'RFC 9068 §2.2; RFC 7519 §4.1.7',
    risk: 'low',
    mend: 'Put jti in: a random id.',
    check: (facts) => facts.claims['jti'] === undefined && !isIdToken(facts) && { at: 'jti' },
  },
  {
    id: 'token/names-its-own-key',
    what: 'The header says where the key is, or holds it',
    why: 'A verifier that believes it checks a forgery with the forger’s key, and can be made to call an address inside.',
    source: 'RFC 8725 §3.10; RFC 7515 §4.1.2, §4.1.3',
    risk: 'high',
    mend: 'Put kid in alone; take keys from the jwks_uri of the issuer you trust.',
    check: ({ header }) =>
      // A DPoP proof (RFC 9449 §4.2) is made to carry its own key.
      header['typ'] !== 'dpop+jwt' && ['jku', 'x5u', 'jwk', 'x5c'].filter((name) => header[name] !== undefined).map((at) => ({ at })),
  },
  {
    id: 'token/kid-is-a-path',
    what: 'The kid looks like a path, an address or a query',
    why: 'A verifier that puts it into a file name or a statement reads what the attacker likes.',
    source: 'RFC 8725 §3.10',
    risk: 'high',
    mend: 'Refuse it; look kid up in a list of known keys and nowhere else.',
    check: ({ header }) => {
      const kid = String(header['kid'] ?? '')
      return (/\.\.|^\/|[\\'"`;|<>\0\n]|:\/\/|\s(?:union|select|or)\s|\/dev\/null/i.test(kid) || kid.length > 512) && { at: 'kid', saw: kid.slice(0, 60) }
    },
  },
  {
    id: 'token/holds-secret',
    what: 'A claim holds what looks like a secret',
    why: 'A JWT is signed, not sealed: whoever sees it can read it.',
    source: 'RFC 7519 §12',
    risk: 'high',
    mend: 'Take it out, and change the secret.',
    check: ({ claims }) =>
      claimsOf(claims)
        .filter(([way, value]) => SECRET.test(lastOf(way)) && value !== null && value !== '')
        .map(([at]) => ({ at })),
  },
  {
    id: 'token/holds-personal-data',
    what: 'A token for APIs carries personal data',
    why: 'Every API, proxy and log on its way reads it.',
    source: 'RFC 9068 §6; RFC 7519 §12',
    risk: 'low',
    mend: 'Put sub in alone, and let APIs that need more ask UserInfo.',
    check: (facts) =>
      !isIdToken(facts) &&
      claimsOf(facts.claims)
        .filter(([way]) => PERSONAL.test(lastOf(way)))
        .map(([at]) => ({ at })),
  },
  {
    id: 'token/too-large',
    what: 'The token is larger than 4 KB',
    why: 'It does not fit into a cookie, and proxies refuse the header it comes in.',
    source: 'RFC 6265 §6.1',
    risk: 'low',
    mend: 'Put in what is needed to decide, and look the rest up.',
    check: ({ bytes }) => bytes > 4096 && { at: 'token', saw: `${bytes} bytes` },
  },
]
