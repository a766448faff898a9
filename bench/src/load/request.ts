/** Whole HTTP/1.1 requests as text, made once where they do not change. */

export interface RequestParts {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly origin: string
  /** Path and query. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export function requestText(parts: RequestParts): string {
  const headers = {
    host: new URL(parts.origin).host,
    ...parts.headers,
    ...(parts.body === undefined ? {} : { 'content-length': String(Buffer.byteLength(parts.body)) }),
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${parts.method} ${parts.path} HTTP/1.1\r\n${lines.join('')}\r\n${parts.body ?? ''}`
}

export function jsonRequest(origin: string, path: string, value: unknown, headers: Readonly<Record<string, string>> = {}): string {
  return requestText({ method: 'POST', origin, path, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(value) })
}

export function formRequest(
  origin: string,
  path: string,
  fields: Readonly<Record<string, string>> | URLSearchParams,
  headers: Readonly<Record<string, string>> = {},
): string {
  const body = new URLSearchParams(fields).toString()
  return requestText({ method: 'POST', origin, path, headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers }, body })
}

/** HTTP Basic of a client (RFC 6749 §2.3.1: both halves form-encoded first). */
export function basic(id: string, secret: string): Readonly<Record<string, string>> {
  const encode = (text: string) => encodeURIComponent(text).replaceAll('%20', '+')
  return { authorization: `Basic ${Buffer.from(`${encode(id)}:${encode(secret)}`).toString('base64')}` }
}
