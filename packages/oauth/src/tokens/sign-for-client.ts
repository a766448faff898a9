/** What we tell a client in a JWT: signed with the algorithm it registered, and encrypted for it where it wishes (OpenID Connect Core §10.2: sign, then encrypt). */
import { refuse } from '@latchwork/kernel'
import { encryptCompact, encryptionKeysOf } from '../jose/encrypt.ts'
import type { OAuth } from '../oauth.ts'
import type { Client, Encryption, TokenSigningAlgorithm } from '../store.ts'

type Claims = Readonly<Record<string, unknown>>

export interface Wishes {
  readonly algorithm: TokenSigningAlgorithm
  readonly encryption: Encryption | undefined
  /** `typ` of the JWS (RFC 8725 §3.11). */
  readonly type: string
}

/** @throws Refusal `client_keys_unusable` when the client wants encryption and has no key for it; `client_keys_unreachable`. */
export async function signForClient(oauth: OAuth, client: Client, wishes: Wishes, claims: Claims, now: number): Promise<string> {
  const signed = await oauth.keyRing.sign(wishes.algorithm, wishes.type, claims)
  if (wishes.encryption === undefined) return signed
  return encryptForClient(oauth, client, wishes.encryption, signed, now, { cty: 'JWT', typ: wishes.type }) // RFC 7519 §5.2
}

/**
 * A JWE in compact form (RFC 7516 §7.1), for whoever holds the private half of the client's key.
 * @param header further members of the protected header.
 * @throws Refusal `client_keys_unusable`; `client_keys_unreachable`.
 */
export async function encryptForClient(
  oauth: OAuth,
  client: Client,
  { alg, enc }: Encryption,
  plaintext: string,
  now: number,
  header: Readonly<Record<string, string>> = {},
): Promise<string> {
  const about = { clientId: client.id }
  const [key] = await oauth.clientKeys.find(client, (all) => encryptionKeysOf(all, alg), now)
  if (key === undefined) return refuse('client_keys_unusable', { reason: `no key for ${alg}`, about })
  try {
    return await encryptCompact(plaintext, key, { alg, enc }, header)
  } catch (cause) {
    return refuse('client_keys_unusable', { reason: `the key for ${alg} cannot be used`, cause, about })
  }
}
