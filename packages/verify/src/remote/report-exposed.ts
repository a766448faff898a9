/**
 * Tells the issuer of keys that came over plain http (K13): others may have read them, and its operator may wish that they end (`keys.revokeOnPlainHttp`). Each once, in the background;
 * what cannot be told is told when the key comes again.
 */
import { digestOf, isAddress, parseCredential, redactCredentials } from '@latchwork/kernel'
import { extractCredential } from '../extract-credential.ts'
import type { IncomingRequest } from '../incoming-request.ts'
import type { IssuerConnection } from './issuer-connection.ts'

export interface ExposureReporter {
  /** Never throws and never waits. @param request as its nearest trusted proxy saw it. */
  readonly note: (request: IncomingRequest) => void
}

/** A caller who plays may send any number of texts that look like keys. */
const MOST_AT_ONCE = 4
const MOST_REMEMBERED = 10_000

/** @param importedKeys whether a key may be of any form. */
export function createExposureReporter(connection: Pick<IssuerConnection, 'ask'>, importedKeys: boolean, log: (line: string) => void): ExposureReporter {
  const told = new Set<string>()
  let underWay = 0

  async function tell(key: string, { remoteAddress, headers }: IncomingRequest): Promise<boolean> {
    const agent = headers['user-agent']
    const body = {
      key,
      ...(remoteAddress === undefined || !isAddress(remoteAddress) ? {} : { address: remoteAddress }), // the issuer refuses a report with any other
      ...(typeof agent === 'string' ? { userAgent: redactCredentials(agent.slice(0, 2048)).slice(0, 256) } : {}),
    }
    const { status, json } = await connection.ask('POST', '/v1/keys/exposed', { authorized: true, body })
    const { keyId, revoked } = (status === 200 ? json : {}) as { readonly keyId?: unknown; readonly revoked?: unknown }
    if (typeof keyId === 'string') log(`key ${keyId} came over plain http${revoked === true ? ' and was revoked' : ': replace it'}`)
    return status < 500 && status !== 429 // else it would be refused again
  }

  return {
    note(request) {
      const key = keyIn(request, importedKeys)
      if (key === undefined || underWay >= MOST_AT_ONCE) return
      const digest = digestOf(key)
      if (told.has(digest)) return
      if (told.size >= MOST_REMEMBERED) told.clear()
      told.add(digest)
      underWay++
      void tell(key, request)
        .catch(() => false)
        .then((isTold) => {
          underWay--
          if (!isTold) told.delete(digest)
        })
    },
  }
}

function keyIn(request: IncomingRequest, importedKeys: boolean): string | undefined {
  try {
    const text = extractCredential(request, undefined, importedKeys)
    const type = parseCredential(text)?.type
    return type === 'api_key' || (type === undefined && importedKeys) ? text : undefined
  } catch {
    return undefined
  }
}
