/** What Node's parser lets pass, though whoever stands in front could have read it as another request (RFC 9112). */
import type { IncomingMessage } from 'node:http'

const HOST = /^(?:\[[\da-f:.]+\]|[\w.~!$&'()*+,;=%-]*)(?::\d{0,5})?$/i
const ORIGIN = /^https?:\/\/[^/?#]*/i
const versions = new Set(['1.1', '1.0'])

/**
 * What is wrong with the head of a request, in one public sentence; `undefined` if nothing is. A request for a whole address, as to a proxy (§3.2.2), becomes one for its path: which name we
 * were called by counts nowhere.
 */
export function faultOfHead(request: IncomingMessage): string | undefined {
  if (request.url?.startsWith('/') !== true) request.url = pathOfWhole(request.url ?? '')
  if (!versions.has(request.httpVersion)) return 'Speak HTTP/1.1.'
  if (!isOneHost(request)) return 'Send one Host header, with a name or an address (RFC 9112 §3.2).'
  if (!isTarget(request)) return 'Ask for a path, such as /v1/keys, without a fragment (RFC 9112 §3.2).'
  const coding = request.headers['transfer-encoding']
  return coding === undefined || coding.toLowerCase() === 'chunked' ? undefined : 'Send the body as it is, or chunked (RFC 9112 §6.1).'
}

/** Whether a `Host` is a name or an address, and perhaps a port (RFC 9110 §7.2); it may leave all of it out. */
export function isHost(text: string): boolean {
  return HOST.test(text)
}

function pathOfWhole(url: string): string {
  const path = url.replace(ORIGIN, '')
  return path === url || path.startsWith('/') ? path : `/${path}`
}

/** Node keeps the first of several, and looks at none. */
function isOneHost({ headers: { host = '' }, rawHeaders, httpVersion }: IncomingMessage): boolean {
  let hosts = 0
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++
  }
  return hosts === 1 ? isHost(host) : hosts === 0 && httpVersion === '1.0'
}

function isTarget({ method, url = '' }: IncomingMessage): boolean {
  return (url.startsWith('/') && !url.includes('#')) || (url === '*' && method === 'OPTIONS')
}
