/** Who may call what changes things with a cookie: our own pages and the configured origins, by `Origin`, else `Sec-Fetch-Site` (J14, CSRF). */
import { refuse } from '@latchwork/kernel'
import type { FastifyRequest } from 'fastify'

/** @throws Refusal `origin_refused`. A caller that sends neither header is no browser: it holds the cookie itself. */
export function checkOrigin(request: FastifyRequest, issuer: string, allowedOrigins: readonly string[] = []): void {
  const { origin } = request.headers
  if (origin !== undefined) {
    if (origin !== issuer && !allowedOrigins.includes(origin)) refuse('origin_refused', { reason: `origin ${origin.slice(0, 100)}` })
    return
  }
  const site = request.headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none') refuse('origin_refused', { reason: `sec-fetch-site ${String(site).slice(0, 20)}` })
}
