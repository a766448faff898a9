/** What the header of a token may say (RFC 7515 §4.1). It chooses among things we know; it brings nothing of its own. */
import { refuse } from '@latchwork/kernel'
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

/** @throws Refusal `credential_invalid`. Fetches nothing. */
export function checkHeader(header: JsonObject): CheckedHeader {
  const { alg: algorithm, typ: type, kid } = header
  const refused = refusedMembers.find((member) => Object.hasOwn(header, member))
  if (refused !== undefined) return refuse('credential_invalid', { reason: `header has ${refused}` })
  if (typeof algorithm !== 'string' || !algorithms.has(algorithm)) return refuse('credential_invalid', { reason: 'alg is not one of ours' })
  if (typeof type !== 'string' || !tokenTypes.has(type)) return refuse('credential_invalid', { reason: 'typ is not a token for a call' })
  if (typeof kid !== 'string' || kid === '' || kid.length > MAX_KID_LENGTH) return refuse('credential_invalid', { reason: 'kid missing or not a name' })
  return { algorithm, type, kid }
}
