/** What a page may load and where its forms may lead: our own stylesheet, icon and script, nothing inline, no frame around it. */

/** CSP has no words for the IPv6 loopback address, so that one is met by its scheme alone. */
const LOOPBACK_HOST = /^(?:localhost|127\.0\.0\.1)$/
const SCHEME_SOURCE = /^[a-z][a-z0-9+.-]*:$/

/**
 * The value of `Content-Security-Policy`.
 *
 * Chromium holds a form to `form-action` through every redirect that follows it, those of the application after its callback included. Where it sends a person then is not known
 * here, so the pages of an authorization let their forms end at any https address, and, for a program on the person's own computer, at any port of it. Every other page's forms
 * end here.
 * @param formTargets redirect URIs the answer of a page's form may go to.
 * @param frames addresses that the page loads in frames: their origins and no other may be there.
 */
export function contentSecurityPolicy(formTargets: readonly string[] = [], frames: readonly string[] = []): string {
  const sources = formTargets.flatMap(sourcesOf)
  return [
    "default-src 'none'",
    "style-src 'self'",
    "script-src 'self'",
    "img-src 'self'",
    `form-action ${["'self'", ...new Set(sources)].join(' ')}`,
    ...(frames.length === 0 ? [] : [`frame-src ${[...new Set(frames.map((address) => new URL(address).origin))].join(' ')}`]),
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

function sourcesOf(address: string): readonly string[] {
  const url = URL.parse(address)
  if (url === null || !SCHEME_SOURCE.test(url.protocol) || ['javascript:', 'data:'].includes(url.protocol)) return []
  if (url.protocol === 'http:' && LOOPBACK_HOST.test(url.hostname)) return ['http://localhost:*', 'http://127.0.0.1:*', 'https:']
  return [url.protocol] // `http:` takes in https
}
