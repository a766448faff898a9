/** Sends a request with a credential and keeps what was said, hop by hop. */
import { checkAddress } from '../address.ts'
import { parseChallenges } from '../explain/challenges.ts'
import { ClientFailure } from '../failure.ts'
import { guardedFetch } from '../guarded-fetch.ts'
import { type Credential, checkMayGo } from './credential.ts'

export type Header = readonly [name: string, value: string]

export interface RequestToSend {
  readonly method: string
  readonly url: URL
  readonly headers: readonly Header[]
  readonly body?: Buffer<ArrayBuffer>
  /** Whether redirects are followed. */
  readonly follows: boolean
  readonly timeoutMs: number
}

export interface Hop {
  readonly method: string
  readonly url: string
  readonly requestHeaders: readonly Header[]
  /** What the credential put into the headers: their names, and the secrets in them. Not to be shown unasked. */
  readonly proof: { readonly names: readonly string[]; readonly secrets: readonly string[] }
  readonly status: number
  readonly statusText: string
  readonly headers: readonly Header[]
}

export interface Exchange {
  /** Each request and the head of its answer; the last one is the answer. */
  readonly hops: readonly Hop[]
  readonly body: Buffer
  /** What happened on the way that is worth knowing. */
  readonly notes: readonly string[]
}

const MAX_REDIRECTS = 10
const MAX_BODY_BYTES = 64 * 2 ** 20

/** @throws ClientFailure `address_refused`, `origin_refused`, `no_answer`. */
export async function send(asked: RequestToSend, given: Credential | undefined): Promise<Exchange> {
  if (given !== undefined) checkMayGo(given, asked.url)
  const hops: Hop[] = []
  const notes: string[] = []
  let [request, credential] = [asked, given]
  for (;;) {
    const answer = await sendPatiently(request, credential, hops, notes)
    credential = answer.credential
    const next = redirectOf(request, answer.response)
    if (next === undefined || !asked.follows || hops.length > MAX_REDIRECTS) return { hops, body: await bodyOf(answer.response), notes }
    await answer.response.body?.cancel()
    if (next.url.origin !== request.url.origin && !(credential?.origins.includes(next.url.origin) ?? false)) {
      if (next.body !== undefined)
        return { hops, body: Buffer.alloc(0), notes: [...notes, `Not followed to ${next.url.origin}: what was sent would go to another origin.`] }
      notes.push(`Followed to ${next.url.origin} without the credential and without your headers: it is another origin.`)
      ;[request, credential] = [{ ...next, headers: [] }, undefined]
    } else request = next
  }
}

/** One request; once more with the nonce that is asked for (RFC 9449 §9), and once more with a renewed token. */
async function sendPatiently(
  request: RequestToSend,
  given: Credential | undefined,
  hops: Hop[],
  notes: string[],
): Promise<{ readonly response: Response; readonly credential: Credential | undefined }> {
  let credential = given
  let nonce: string | undefined
  for (let isRenewed = false; ; ) {
    const response = await sendOnce(request, credential, nonce, hops)
    if (credential === undefined || response.status !== 401) return { response, credential }
    const errors = parseChallenges(response.headers.get('www-authenticate') ?? '').map(({ parameters }) => parameters.get('error'))
    const offered = response.headers.get('dpop-nonce')
    if (credential.isBound && nonce === undefined && offered !== null && errors.includes('use_dpop_nonce')) {
      nonce = offered
      notes.push('Sent again with the nonce that the API asked for.')
    } else if (!isRenewed && errors.includes('invalid_token')) {
      const next = await credential.renewed()
      if (next === undefined) return { response, credential }
      ;[credential, isRenewed] = [next, true]
      notes.push('The API refused the token; sent again with a new one.')
    } else return { response, credential }
    await response.body?.cancel()
  }
}

async function sendOnce(request: RequestToSend, credential: Credential | undefined, nonce: string | undefined, hops: Hop[]): Promise<Response> {
  const { method, url, headers, body, timeoutMs } = request
  const proof = credential === undefined ? {} : await credential.headersFor({ method, url, nonce })
  const sent = new Headers([...headers.map(([name, value]) => [name, value] as [string, string])])
  for (const [name, value] of Object.entries(proof)) sent.set(name, value)
  const response = await guardedFetch(url, { method, headers: sent, signal: AbortSignal.timeout(timeoutMs), ...(body === undefined ? {} : { body }) })
  const secrets = Object.values(proof).map((value) => value.replace(/^(?:Bearer|DPoP) /, ''))
  hops.push({
    method,
    url: url.href,
    requestHeaders: [...sent],
    proof: { names: Object.keys(proof).map((name) => name.toLowerCase()), secrets },
    status: response.status,
    statusText: response.statusText,
    headers: [...response.headers],
  })
  return response
}

/** What a redirect asks to be sent next (RFC 9110 §15.4). @throws ClientFailure `address_refused` for a way into plain http. */
function redirectOf(request: RequestToSend, response: Response): RequestToSend | undefined {
  const location = response.headers.get('location')
  if (location === null || ![301, 302, 303, 307, 308].includes(response.status) || !URL.canParse(location, request.url.href)) return undefined
  if (!request.follows) return undefined
  const url = checkAddress(new URL(location, request.url))
  const becomesGet = response.status === 303 ? request.method !== 'HEAD' : response.status < 303 && request.method === 'POST'
  if (!becomesGet) return { ...request, url }
  const { body: _left, ...rest } = request
  return { ...rest, url, method: 'GET', headers: request.headers.filter(([name]) => !/^content-/i.test(name)) }
}

async function bodyOf(response: Response): Promise<Buffer> {
  const parts: Uint8Array[] = []
  let size = 0
  try {
    for await (const part of response.body ?? []) {
      size += part.length
      if (size > MAX_BODY_BYTES) throw new ClientFailure('server_answer', 'The answer is larger than 64 MiB.', 'Ask for less at once.')
      parts.push(part)
    }
  } catch (error) {
    if (error instanceof ClientFailure) throw error
    throw new ClientFailure('no_answer', 'The answer broke off.', 'Try again.', error)
  }
  return Buffer.concat(parts)
}
