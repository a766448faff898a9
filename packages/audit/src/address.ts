/** What addresses say about where they lead. */

const LOOPBACK = /^(?:localhost|(?:.*\.)?localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

export function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined
}

export function isLoopback(url: URL): boolean {
  return LOOPBACK.test(url.hostname)
}

/** Plain http to anywhere but this machine. */
export function isPlainHttp(text: string): boolean {
  const url = parseUrl(text)
  return url?.protocol === 'http:' && !isLoopback(url)
}
