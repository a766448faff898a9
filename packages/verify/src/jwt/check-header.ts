/** What the header of a token may say (RFC 7515 §4.1). It chooses among things we know; it brings nothing of its own. */
import { Refusal } from '@latchwork/kernel'
import { algorithms } from './algorithms.ts'
import type { JsonObject } from './strict-json.ts'
import { tokenTypes } from './token-types.ts'
import { MAX_KID_LENGTH } from './verification-key.ts'

/** Members that change how a token is to be read, or bring or fetch a key. We mint none of them, so a token that has one is not ours. */
export const refusedMembers = ['crit', 'b64', 'jwk', 'jku', 'x5u', 'x5c', 'zip', 'enc'] as const

export interface CheckedHeader {
  readonly algorithm: string
  readonly type: string
  readonly kid: string
}

/** A refusal by value, `credential_invalid`: then this issuer did not make it. Fetches nothing. */
export function checkHeader(header: JsonObject): CheckedHeader | Refusal {
  const { alg: algorithm, typ: type, kid } = header
  const refused = refusedMembers.find((member) => Object.hasOwn(header, member))
  if (refused !== undefined) return notOurs(`header has ${refused}`)
  if (typeof algorithm !== 'string' || !algorithms.has(algorithm)) return notOurs('alg is not one of ours')
  if (typeof type !== 'string' || !tokenTypes.has(type)) return notOurs('typ is not a token for a call')
  if (typeof kid !== 'string' || kid === '' || kid.length > MAX_KID_LENGTH) return notOurs('kid missing or not a name')
  return { algorithm, type, kid }
}

function notOurs(reason: string): Refusal {
  return new Refusal('credential_invalid', { reason })
}
