/** Requests and answers, and what is demanded of them. */

export interface Request {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** Raised when the tour does not go as told. */
export class Deviation extends Error {}

/** Sends the request without following redirects. */
export async function exchange(request: Request): Promise<Answer> {
  const { method, url, headers = {}, body } = request
  const response = await fetch(url, { method, headers, redirect: 'manual', signal: AbortSignal.timeout(5000), ...(body === undefined ? {} : { body }) })
  return { status: response.status, headers: response.headers, text: await response.text() }
}

export function demandStatus(answer: Answer, request: Request, expectedStatus: number): Answer {
  if (answer.status !== expectedStatus)
    throw new Deviation(`${request.method} ${request.url} was to answer ${expectedStatus} and answered ${answer.status}: ${answer.text.slice(0, 400)}`)
  return answer
}

export function demand(condition: boolean, expectation: string): void {
  if (!condition) throw new Deviation(`Expected: ${expectation}.`)
}

/** The JSON of an answer; the caller names the members it needs. */
export function jsonOf<T>(answer: Answer): T {
  return JSON.parse(answer.text) as T
}

export function bearer(credential: string): Readonly<Record<string, string>> {
  return { authorization: `Bearer ${credential}` }
}

export function postJson(url: string, value: unknown, headers: Readonly<Record<string, string>> = {}): Request {
  return { method: 'POST', url, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(value) }
}

export function postForm(url: string, fields: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}): Request {
  return { method: 'POST', url, headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers }, body: new URLSearchParams(fields).toString() }
}
