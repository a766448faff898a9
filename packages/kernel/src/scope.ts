/**
 * Scopes: words separated by single spaces (RFC 6749 §3.3). Those of APIs have the form `resource:action`, `*` standing for either part;
 * OpenID Connect's own (`openid`, `email` …) are plain words.
 */
import { refuse } from './refusal.ts'

const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/ // RFC 6749 appendix A.4
export const MAX_SCOPES = 256

/** Reads a `scope` parameter: each word once, in the order sent. @throws Refusal `scope_invalid`. */
export function parseScopes(text: string): readonly string[] {
  if (text === '') return []
  const words = text.split(' ')
  if (words.length > MAX_SCOPES || !words.every((word) => SCOPE_TOKEN.test(word))) {
    return refuse('scope_invalid', { detail: `scope is up to ${MAX_SCOPES} words separated by single spaces (RFC 6749 §3.3).` })
  }
  return [...new Set(words)]
}

/** `resource:action`, as scopes of APIs are; what has not this form covers nothing but itself, `*` alone included. */
export function isResourceScope(scope: string): boolean {
  return /^[^:]+:./.test(scope)
}

/** Whether one granted scope covers the one needed: equal, or `*` in either part. */
function coversOne(granted: string, needed: string): boolean {
  if (granted === needed) return true
  const at = granted.indexOf(':')
  const neededAt = needed.indexOf(':')
  if (at < 0 || neededAt < 0) return false
  const [resource, action] = [granted.slice(0, at), granted.slice(at + 1)]
  return (resource === '*' || resource === needed.slice(0, neededAt)) && (action === '*' || action === needed.slice(neededAt + 1))
}

/** Whether the granted scopes cover the needed one. A needed scope is literal: asking for `a:*` is covered by `a:*` and `*:*`, not by `a:read`. */
export function covers(granted: readonly string[], needed: string): boolean {
  return granted.some((scope) => coversOne(scope, needed))
}

export function coversAll(granted: readonly string[], needed: readonly string[]): boolean {
  return needed.every((scope) => covers(granted, scope))
}
