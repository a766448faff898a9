/** One request and its answer, told to the narrator; and a visitor, who keeps cookies as a browser does. */
import type { Narrator } from './narrator.ts'

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

/** What the demo API says of who called, as far as the tour shows it. */
export const CALLER: readonly string[] = ['caller.mechanism', 'caller.subject', 'caller.clientId', 'caller.scopes']

/** Sends the request without following redirects. */
export async function exchange(request: Request): Promise<Answer> {
  const { method, url, headers = {}, body } = request
  const response = await fetch(url, { method, headers, redirect: 'manual', signal: AbortSignal.timeout(5000), ...(body === undefined ? {} : { body }) })
  return { status: response.status, headers: response.headers, text: await response.text() }
}

/** Shows the request, sends it, shows the answer (of a JSON body the members named), and demands the status. */
export async function told(narrator: Narrator, request: Request, expectedStatus: number, members?: readonly string[]): Promise<Answer> {
  narrator.request(request)
  const answer = await exchange(request)
  narrator.answer(answer, members)
  return demandStatus(answer, request, expectedStatus)
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

/** A browser, as far as the tour needs one: it keeps the cookies of one host and sends them back. */
export class Visitor {
  readonly #cookies = new Map<string, string>()

  /** The request with this visitor's cookies. */
  dress(request: Request): Request {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    return cookie === '' ? request : { ...request, headers: { ...request.headers, cookie } }
  }

  /** Keeps the cookies an answer sets, and drops those it takes back. */
  keep(answer: Answer): Answer {
    for (const line of answer.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(';')
      const name = pair.slice(0, pair.indexOf('='))
      if (attributes.some((attribute) => /^\s*max-age=0\s*$/i.test(attribute))) this.#cookies.delete(name)
      else this.#cookies.set(name, pair.slice(pair.indexOf('=') + 1))
    }
    return answer
  }
}

/** The fields of a page's form with all its hidden inputs, ready to be filled in and sent. */
export interface Form {
  readonly action: string
  readonly hidden: Readonly<Record<string, string>>
}

export function formOf(page: Answer): Form {
  const form = /<form\b([^>]*)>([\s\S]*?)<\/form>/i.exec(page.text)
  if (form === null) throw new Deviation('Expected: a page with a form.')
  const inputs = [...(form[2] ?? '').matchAll(/<input\b[^>]*>/gi)].map(([input]) => input).filter((input) => attribute(input, 'type') === 'hidden')
  return {
    action: attribute(form[1] ?? '', 'action') ?? '',
    hidden: Object.fromEntries(inputs.map((input) => [attribute(input, 'name') ?? '', attribute(input, 'value') ?? ''])),
  }
}

/** An attribute's value, its character references read. */
function attribute(tag: string, name: string): string | undefined {
  const value = new RegExp(`\\b${name}="([^"]*)"`, 'i').exec(tag)?.[1]
  const references: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" }
  return value?.replace(/&(?:amp|lt|gt|quot|#39);/g, (reference) => references[reference] ?? reference)
}
