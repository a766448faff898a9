/**
 * Remembers, across the sign-in page, that a request asked for a fresh proof (`prompt=login`) and since when: a time and an HMAC over it and the request, in a parameter of
 * our own. Without it the request would ask for ever; with a forged one, a person could skip it.
 */
import { timingSafeEqual } from 'node:crypto'
import { hmacOf } from '@latchwork/kernel'

const PARAMETER = 'lw_proof_after'
const FORM = /^(\d{13})\.([A-Za-z0-9_-]{43})$/

export interface ProofRequests {
  /** The query of the request, marked. */
  readonly mark: (query: URLSearchParams, now: number) => URLSearchParams
  /** Since when the person must have proven themselves; `undefined` if the query is not marked by us. */
  readonly read: (query: URLSearchParams) => number | undefined
}

export function proofRequests(key: Buffer): ProofRequests {
  const mac = (query: URLSearchParams, time: string): string => {
    const bare = new URLSearchParams(query)
    bare.delete(PARAMETER)
    return hmacOf(key, `${time} ${bare}`).toString('base64url')
  }
  return {
    mark: (query, now) => {
      const marked = new URLSearchParams(query)
      marked.set(PARAMETER, `${now}.${mac(query, String(now))}`)
      return marked
    },
    read: (query) => {
      const [, time, given] = FORM.exec(query.get(PARAMETER) ?? '') ?? []
      if (time === undefined || given === undefined) return undefined
      return timingSafeEqual(Buffer.from(given), Buffer.from(mac(query, time))) ? Number(time) : undefined
    },
  }
}
