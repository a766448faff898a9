/** A key that came over plain http must be taken as known to others (K13): where the operator wishes, it ends at once. The refusal of the request does not wait for it. */
import { type ApiKeys, revokeKey } from '@latchwork/api-keys'
import { CREDENTIAL_PATTERN, type Origin, type Soon } from '@latchwork/kernel'
import type { HeldRecord } from '@latchwork/verify'

export interface ExposedParts {
  readonly apiKeys: ApiKeys
  readonly lookUp: (text: string) => Soon<Pick<HeldRecord, 'record'> | undefined>
  readonly onTrouble: (message: string, cause?: unknown) => void
}

/** What came over plain http. */
interface Exposure {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly url?: string | undefined
}

const BEARER = /^bearer +(\S+)$/i

/** So many in one address; more is somebody's play. */
const MOST_IN_ADDRESS = 4

const ESCAPED = /%([2-7][0-9a-f])/gi

/** As it is written and as it is read, undone once: an address may write any character of a key as %XX. */
function keysIn(url: string): readonly string[] {
  const read = url.replace(ESCAPED, (_escape, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  const found = [url, read].flatMap((text) => [...text.matchAll(CREDENTIAL_PATTERN)].map(([key]) => key))
  return [...new Set(found)].slice(0, MOST_IN_ADDRESS)
}

/** Never throws, never waits. */
export function revokeExposed(parts: ExposedParts, { headers, url = '' }: Exposure, origin: Origin, now: number): void {
  for (const text of [presentedIn(headers['authorization'], BEARER), presentedIn(headers['x-api-key'], /^(\S+)$/), ...keysIn(url)]) {
    if (text !== undefined)
      void revokeIfExposed(parts, text, true, origin, now).catch((cause) => parts.onTrouble('a key that came over plain http could not be revoked', cause))
  }
}

function presentedIn(header: string | readonly string[] | undefined, form: RegExp): string | undefined {
  return typeof header === 'string' ? form.exec(header)?.[1] : undefined
}

/** What the text is, if it is a key; revoked where the installation wishes. @throws Refusal `store_unavailable` where it cannot be. */
export async function revokeIfExposed(
  { apiKeys, lookUp }: Pick<ExposedParts, 'apiKeys' | 'lookUp'>,
  text: string,
  isWished: boolean,
  origin: Origin,
  now: number,
): Promise<{ readonly keyId?: string; readonly revoked: boolean }> {
  const found = await known(lookUp, text)
  if (found === undefined || found.record.principal.mechanism !== 'api_key') return { revoked: false }
  const { credentialId: keyId } = found.record.principal
  // Also one that is only stopped, or whose account is: it would go on one day. One that was revoked stays as it is.
  if (isWished) await revokeKey(apiKeys, keyId, 'sent_over_plain_http', { kind: 'system', id: 'system', ceiling: 'unlimited', origin }, now)
  return { keyId, revoked: isWished }
}

/** What is none, or cannot be looked up, has nothing to end. */
async function known(lookUp: ExposedParts['lookUp'], text: string): Promise<Pick<HeldRecord, 'record'> | undefined> {
  try {
    return await lookUp(text)
  } catch {
    return undefined
  }
}
