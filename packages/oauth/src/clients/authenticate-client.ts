/** Client authentication (RFC 6749 §2.3): exactly one method, the registered one. */
import { timingSafeEqual } from 'node:crypto'
import { digestOf, parseToken, refuse } from '@latchwork/kernel'
import type { OAuth } from '../oauth.ts'
import type { Parameters } from '../parameters.ts'
import type { Client, ClientAuthenticationMethod } from '../store.ts'

declare const authenticated: unique symbol
/** A client that has proven itself, or a public one that has named itself. */
export type AuthenticatedClient = Client & { readonly [authenticated]: true }

interface Presented {
  readonly method: ClientAuthenticationMethod
  readonly clientId: string
  readonly secret?: string
}

/**
 * @param authorization the `Authorization` header as sent, if any.
 * @throws Refusal `client_authentication_failed` (401 `invalid_client`) for every fault alike, so that nobody learns which clients there are; the log says which it was.
 */
export async function authenticateClient(oauth: OAuth, authorization: string | undefined, parameters: Parameters): Promise<AuthenticatedClient> {
  const presented = readPresented(authorization, parameters)
  const found = await oauth.store.findClient(presented.clientId)
  if (found === undefined) return refuse('client_authentication_failed', { reason: 'unknown client' })
  const { client, secretDigests } = found
  const about = { clientId: client.id }
  if (client.disabledAt !== undefined) return refuse('client_authentication_failed', { reason: 'disabled client', about })
  if (client.authenticationMethod !== presented.method)
    return refuse('client_authentication_failed', { reason: `registered for ${client.authenticationMethod}, used ${presented.method}`, about })
  if (presented.secret !== undefined && !isSecretOf(secretDigests, presented.secret))
    return refuse('client_authentication_failed', { reason: 'wrong secret', about })
  return client as AuthenticatedClient
}

function isSecretOf(secretDigests: readonly string[], text: string): boolean {
  if (parseToken('client_secret', text) === undefined) return false
  const digest = Buffer.from(digestOf(text))
  return secretDigests.some((known) => known.length === digest.length && timingSafeEqual(Buffer.from(known), digest))
}

function readPresented(authorization: string | undefined, parameters: Parameters): Presented {
  const bodyId = parameters.one('client_id')
  const bodySecret = parameters.one('client_secret')
  if (parameters.one('client_assertion') !== undefined) return refuse('client_authentication_failed', { reason: 'client_assertion is not taken' })
  if (authorization !== undefined) {
    if (bodySecret !== undefined) return refuse('client_authentication_failed', { reason: 'two methods' }) // RFC 6749 §2.3: not more than one
    const basic = readBasic(authorization)
    if (bodyId !== undefined && bodyId !== basic.clientId) return refuse('client_authentication_failed', { reason: 'two client ids' })
    return { method: 'client_secret_basic', ...basic }
  }
  if (bodyId === undefined) return refuse('client_authentication_failed', { reason: 'no client named' })
  return bodySecret === undefined ? { method: 'none', clientId: bodyId } : { method: 'client_secret_post', clientId: bodyId, secret: bodySecret }
}

const BASIC = /^Basic ([A-Za-z0-9+/]+={0,2})$/i
const FORM_ENCODED = /^(?:[\x21-\x24\x26-\x7e]|%(?!00)[0-9A-Fa-f]{2})+$/ // no null character: a database may not take it

/** Id and secret are form-encoded before they are joined (RFC 6749 §2.3.1). */
function readBasic(authorization: string): { readonly clientId: string; readonly secret: string } {
  const encoded = BASIC.exec(authorization)?.[1]
  const text = encoded === undefined || !isCanonical(encoded) ? '' : Buffer.from(encoded, 'base64').toString('latin1')
  const colon = text.indexOf(':')
  const clientId = decodeForm(text.slice(0, Math.max(colon, 0)))
  const secret = decodeForm(text.slice(colon + 1))
  if (colon < 1 || clientId === undefined || secret === undefined) return refuse('client_authentication_failed', { reason: 'malformed Basic' })
  return { clientId, secret }
}

/** Without spare bits: one credential has one spelling (RFC 4648 §3.5). */
function isCanonical(encoded: string): boolean {
  return Buffer.from(encoded, 'base64').toString('base64').replace(/=+$/, '') === encoded.replace(/=+$/, '')
}

function decodeForm(text: string): string | undefined {
  if (!FORM_ENCODED.test(text)) return undefined
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}
