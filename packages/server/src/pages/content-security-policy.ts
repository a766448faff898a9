/** What a page may load and where its forms may lead: our own stylesheet, icon and script, nothing inline, no frame around it. */

/** A host as CSP can name it; it has no words for IPv6 addresses, nor for hosts with separators of its own. */
const HOST_SOURCE = /^[a-z0-9.-]+(?::\d{1,5})?$/
const SCHEME_SOURCE = /^[a-z][a-z0-9+.-]*:$/

/**
 * The value of `Content-Security-Policy`.
 *
 * Chromium holds a form to `form-action` through every redirect that follows it, so the pages of an authorization name the redirect URI their answer may end at.
 */
export function contentSecurityPolicy(formTargets: readonly string[] = []): string {
  const sources = formTargets.map(sourceOf).filter((source) => source !== undefined)
  return [
    "default-src 'none'",
    "style-src 'self'",
    "script-src 'self'",
    "img-src 'self'",
    `form-action ${["'self'", ...new Set(sources)].join(' ')}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

function sourceOf(address: string): string | undefined {
  const url = URL.parse(address)
  if (url === null || !SCHEME_SOURCE.test(url.protocol) || ['javascript:', 'data:'].includes(url.protocol)) return undefined
  const isWeb = url.protocol === 'https:' || url.protocol === 'http:'
  return isWeb && HOST_SOURCE.test(url.host) ? `${url.protocol}//${url.host}` : url.protocol
}
