/** Whether one of the given keys signed a token. The key decides about the algorithm, never the token (RFC 8725 §3.1). */
import type { KeyObject } from 'node:crypto'
import { compactVerify } from 'jose'
import type { CheckKey } from './keys.ts'
import type { Check } from './report.ts'

const curves: Readonly<Record<string, string>> = { prime256v1: 'ES256', secp384r1: 'ES384', secp521r1: 'ES512' }

/** What a key can have signed by: a shared secret never stands in for a key pair, nor a public key for a secret. */
function algorithmsOf({ key, algorithm }: CheckKey): readonly string[] {
  const fitting = familyOf(key)
  return algorithm === undefined ? fitting : fitting.filter((one) => one === algorithm)
}

function familyOf(key: KeyObject): readonly string[] {
  if (key.type === 'secret') return ['HS256', 'HS384', 'HS512']
  if (key.asymmetricKeyType === 'rsa') return ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']
  if (key.asymmetricKeyType === 'ed25519') return ['Ed25519', 'EdDSA']
  return [curves[key.asymmetricKeyDetails?.namedCurve ?? ''] ?? []].flat()
}

export async function checkSignature(
  token: string,
  header: Readonly<Record<string, unknown>>,
  keys: readonly CheckKey[],
  isCanonical: boolean,
): Promise<Check> {
  const failed = (text: string): Check => ({ name: 'signature', passed: false, text })
  if (!isCanonical) return failed('Not looked at: the token is not spelled as it should be.')
  const { kid, alg } = header
  const named = typeof kid === 'string' ? keys.filter((key) => key.kid === kid) : []
  // Keys without a name are tried in any case; with a kid that none of them has, one key that was given by itself counts too.
  const tried = named.length > 0 ? named : keys.filter((key) => key.kid === undefined || typeof kid !== 'string' || keys.length === 1)
  if (tried.length === 0) return failed(`None of the keys has the kid ${JSON.stringify(kid)}.`)
  const fitting = tried.filter((key) => algorithmsOf(key).includes(String(alg)))
  if (fitting.length === 0)
    return failed(
      `The token says ${JSON.stringify(alg)}, and ${tried.length === 1 ? 'the key is' : 'these keys are'} not for that. Refuse it, whatever its header says.`,
    )
  for (const candidate of fitting) {
    const isGood = await compactVerify(token, candidate.key, { algorithms: [...algorithmsOf(candidate)] }).then(
      () => true,
      () => false,
    )
    if (isGood)
      return { name: 'signature', passed: true, text: `Signed by ${candidate.kid === undefined ? 'the given key' : `the key ${candidate.kid}`}, with ${alg}.` }
  }
  return failed(`Not signed by ${fitting.length === 1 ? 'this key' : 'any of these keys'}: made by somebody else, or changed since.`)
}
