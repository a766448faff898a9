/** The `claims` parameter (OpenID Connect Core §5.5): claims asked for one by one, for the ID token and for UserInfo. */
import { parseStrictJson, refuse } from '@latchwork/kernel'

/** One claim's wishes (§5.5.1). */
export interface ClaimWish {
  readonly essential: boolean
  /** The values it may have, `value` among them; absent: any. */
  readonly values?: readonly unknown[]
}

export type ClaimWishes = ReadonlyMap<string, ClaimWish>

export interface ClaimsRequest {
  readonly idToken: ClaimWishes
  readonly userInfo: ClaimWishes
}

const MAX_LENGTH = 4096
type Json = Readonly<Record<string, unknown>>

/** Members and claims that are not known are passed over, as §5.5 says, also essential ones. @throws Refusal `request_malformed`. */
export function readClaims(text: string | undefined): ClaimsRequest {
  if (text === undefined) return { idToken: new Map(), userInfo: new Map() }
  if (text.length > MAX_LENGTH) return malformed(`is longer than ${MAX_LENGTH} characters`)
  const value = parseStrictJson(Buffer.from(text))
  if (!isObject(value)) return malformed('is not a JSON object, each member once')
  return { idToken: readWishes(value, 'id_token'), userInfo: readWishes(value, 'userinfo') }
}

function readWishes(request: Json, place: 'id_token' | 'userinfo'): ClaimWishes {
  const wishes = request[place] ?? {}
  if (!isObject(wishes)) return malformed(`has a member ${place} that is no object`)
  return new Map(Object.entries(wishes).map(([name, wish]) => [name, readWish(name, wish)]))
}

function readWish(name: string, wish: unknown): ClaimWish {
  if (wish === null) return { essential: false }
  if (!isObject(wish)) return malformed(`asks for ${name} by something that is neither null nor an object`)
  const { essential = false, value, values } = wish
  if (typeof essential !== 'boolean') return malformed(`has an essential of ${name} that is neither true nor false`)
  if (values !== undefined && !Array.isArray(values)) return malformed(`has values of ${name} that are no list`)
  const wanted = [...(value === undefined ? [] : [value]), ...((values as readonly unknown[] | undefined) ?? [])]
  return { essential, ...(wanted.length === 0 ? {} : { values: wanted }) }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function malformed(fault: string): never {
  return refuse('request_malformed', { detail: `claims ${fault.slice(0, 200)} (OpenID Connect Core §5.5).` })
}
