/** `private_key_jwt`: a JWT that the client signed about itself (RFC 7523 §2.2, §3; OpenID Connect Core §9). */
import { refuse } from '@latchwork/kernel'
import { keysFor } from '../jose/key-set.ts'
import { isSignedBy, JoseFault, readStrictJws, type StrictJws } from '../jose/strict-jws.ts'
import type { OAuth } from '../oauth.ts'
import type { Client } from '../store.ts'
import { assertionAlgorithms, type ProfileRules, rulesOf } from './profiles.ts'

export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

const LEEWAY_SECONDS = 10
/** An hour is what Authlib writes. Each is used once whatever it says: this bounds how long that must be known (RFC 7523 §3 (4)). */
const LONGEST_SECONDS = 3600
const MAX_JTI = 256

/** Form alone, and whom it speaks of; nothing is proven. @throws Refusal `client_authentication_failed`. */
export function readAssertion(text: string): { readonly jws: StrictJws; readonly clientId: string } {
  const jws = orRefuse(() => readStrictJws(text, { algorithms: assertionAlgorithms, types: [undefined, 'jwt', 'client-authentication+jwt'] }))
  const { iss, sub } = jws.claims
  if (typeof sub !== 'string' || sub === '' || iss !== sub) return fail('iss and sub are not both the client') // RFC 7523 §3 (1), (2)
  return { jws, clientId: sub }
}

/**
 * Claims → algorithm → signature → single use, which is one act of the store and the last.
 * @throws Refusal `client_authentication_failed`; `client_keys_unreachable`, `store_unavailable`, where it cannot be told who asks.
 */
export async function proveAssertion(oauth: OAuth, client: Client, jws: StrictJws, now: number): Promise<void> {
  const rules = rulesOf(oauth, client)
  const about = { clientId: client.id }
  checkAudience(oauth, rules, jws.claims['aud'], about)
  const { jti, exp } = checkTimes(jws.claims, now, about)
  const { tokenEndpointAuthSigningAlg: registered } = client.settings
  const { alg } = jws.header
  if (!rules.assertionAlgorithms.includes(alg) || (registered !== undefined && alg !== registered)) return fail(`${alg} is not registered`, about)
  const keys = await oauth.clientKeys.find(client, (all) => keysFor(all, jws.header), now)
  if (keys.length === 0) return fail(withTrouble('no key of the client fits', oauth.clientKeys.trouble(client)), about)
  if (!(await isSignedBy(jws, keys))) return fail('wrong signature', about)
  const isFirst = await oauth.store.useAssertion(client.id, jti, (exp + LEEWAY_SECONDS) * 1000)
  if (!isFirst) return fail('assertion used before', about) // RFC 7523 §3 (7)
}

type About = { readonly clientId: string }

/** RFC 7523 §3 (3): every audience that is named is one of ours. */
function checkAudience({ issuer }: OAuth, { assertionAudiences }: ProfileRules, aud: unknown, about: About): void {
  const ours: readonly unknown[] = assertionAudiences.map((one) => (one === 'issuer' ? issuer : `${issuer}/token`))
  const named: readonly unknown[] = Array.isArray(aud) ? aud : [aud]
  if (named.length === 0 || !named.every((one) => ours.includes(one))) fail('aud is not this server as the profile wants it', about)
}

/** RFC 7523 §3 (4)–(7). `exp` and `jti` are needed here: what has no end or no name could not be used once. */
function checkTimes({ exp, iat, nbf, jti }: StrictJws['claims'], now: number, about: About): { readonly jti: string; readonly exp: number } {
  const seconds = now / 1000
  if (!Number.isSafeInteger(exp)) return fail('exp is missing or no whole number', about)
  if ((exp as number) <= seconds - LEEWAY_SECONDS) return fail('expired', about)
  if ((exp as number) > seconds + LONGEST_SECONDS + LEEWAY_SECONDS) return fail('exp is too far ahead', about)
  for (const time of [iat, nbf]) {
    if (time === undefined) continue
    if (typeof time !== 'number' || !Number.isFinite(time)) return fail('iat or nbf is no number', about)
    if (time > seconds + LEEWAY_SECONDS) return fail('iat or nbf is in the future', about)
  }
  if (typeof jti !== 'string' || jti === '' || jti.length > MAX_JTI) return fail(`jti is missing or no text of up to ${MAX_JTI} characters`, about)
  return { jti, exp: exp as number }
}

function orRefuse<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof JoseFault) return fail(error.message)
    throw error
  }
}

function fail(reason: string, about: { readonly clientId?: string } = {}): never {
  return refuse('client_authentication_failed', { reason: `assertion: ${reason}`, about })
}

const withTrouble = (reason: string, trouble: string | undefined): string =>
  trouble === undefined ? reason : `${reason}; its jwks_uri was not read: ${trouble}`
