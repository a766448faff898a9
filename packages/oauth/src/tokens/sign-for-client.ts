/** What we tell a client in a JWT: signed with the algorithm it registered, and encrypted for it where it wishes (OpenID Connect Core §10.2: sign, then encrypt). */
import { refuse } from '@latchwork/kernel'
import { encryptCompact, encryptionKeyOf } from '../jose/encrypt.ts'
import type { OAuth } from '../oauth.ts'
import type { Client, Encryption, TokenSigningAlgorithm } from '../store.ts'

type Claims = Readonly<Record<string, unknown>>

export interface Wishes {
  readonly algorithm: TokenSigningAlgorithm
  readonly encryption: Encryption | undefined
  /** `typ` of the JWS (RFC 8725 §3.11). */
  readonly type: string
  readonly now: number
}

/** @throws Refusal `client_keys_unusable` when the client wants encryption and has no key for it. */
export async function signForClient(oauth: OAuth, client: Client, { algorithm, encryption, type, now }: Wishes, claims: Claims): Promise<string> {
  const signed = await oauth.keyRing.sign(algorithm, type, claims)
  if (encryption === undefined) return signed
  return encryptForClient(oauth, client, { encryption, now }, signed, { cty: 'JWT', typ: type }) // RFC 7519 §5.2
}

/** @param header further members of the JWE's. @throws Refusal `client_keys_unusable`. */
export async function encryptForClient(
  oauth: OAuth,
  client: Client,
  { encryption, now }: { readonly encryption: Encryption; readonly now: number },
  plaintext: string,
  header: Readonly<Record<string, string>>,
): Promise<string> {
  const about = { clientId: client.id }
  const key = encryptionKeyOf(await oauth.clientKeys.all(client, now), encryption.alg)
  if (key === undefined) return refuse('client_keys_unusable', { reason: `no key for ${encryption.alg}`, about })
  try {
    return await encryptCompact(plaintext, key, encryption, header)
  } catch (cause) {
    return refuse('client_keys_unusable', { reason: 'the key could not be used', cause, about })
  }
}
