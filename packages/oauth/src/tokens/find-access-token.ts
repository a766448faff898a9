/** Opaque access tokens as they are good now: what was taken from the client since, or by the configuration, they no longer carry, whoever wrote them and when (O10). */
import type { AccessTokenRecord } from '@latchwork/authority'
import type { OAuth } from '../oauth.ts'
import { reachLeft } from '../scopes.ts'

type Reachable = Pick<OAuth, 'authority' | 'apis' | 'issuer'>

/** What is remembered comes as the same record, until a row behind it has changed; the APIs are those of the start. */
const reckoned = new WeakMap<AccessTokenRecord, AccessTokenRecord>()

/** One statement. @param digest of the token. @returns not alive where nothing is left that it could be for. */
export async function findAccessToken(oauth: Reachable, digest: string): Promise<AccessTokenRecord | undefined> {
  const record = await oauth.authority.store.findAccessToken(digest)
  if (record === undefined) return undefined
  let left = reckoned.get(record)
  if (left === undefined) {
    left = leftOf(oauth, record)
    reckoned.set(record, left)
  }
  return left
}

function leftOf(oauth: Reachable, record: AccessTokenRecord): AccessTokenRecord {
  const { principal, rights } = record
  const left = reachLeft(oauth, rights, principal)
  if (left === undefined) return { ...record, alive: false }
  return left === principal ? record : { ...record, principal: { ...principal, scopes: left.scopes, audience: left.audience } }
}
