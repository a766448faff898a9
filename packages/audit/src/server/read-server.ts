/** Fetches the metadata of an authorization server and its key set, within bounds of size and time. */
import { isLoopback, parseUrl } from '../address.ts'
import { limits } from '../limits.ts'
import type { Jwk } from '../weak-key.ts'
import type { ServerFacts } from './facts.ts'

/** It could not be read. */
export class UnreadableServer extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UnreadableServer'
  }
}

export interface ReadServer {
  readonly facts: ServerFacts
  /** Why there are no keys though there should be. */
  readonly note?: string
}

/**
 * @param asked the issuer, or the address of the metadata itself. https; http only on this machine.
 * @throws UnreadableServer.
 */
export async function readServer(asked: string): Promise<ReadServer> {
  const url = parseUrl(asked)
  if (url === undefined || !mayFetch(url)) throw new UnreadableServer(`${asked} is no https address`)
  const failures: string[] = []
  for (const found of metadataUrls(url)) {
    const answer = await readJson(found)
    if (typeof answer !== 'string' && typeof answer['issuer'] === 'string') return withKeys({ asked, found, metadata: answer }, isLoopback(url))
    failures.push(typeof answer === 'string' ? answer : `${found} holds no metadata`)
  }
  throw new UnreadableServer(failures.join('; '))
}

const mayFetch = (url: URL, alsoHere = true): boolean =>
  (url.protocol === 'https:' && (alsoHere || !isLoopback(url))) || (alsoHere && url.protocol === 'http:' && isLoopback(url))

/** RFC 8414 §3.1 puts the well-known path before the issuer's own, OpenID Connect Discovery §4 behind it. */
function metadataUrls(url: URL): readonly string[] {
  if (url.pathname.includes('/.well-known/')) return [url.href]
  const path = url.pathname.replace(/\/$/, '')
  return [`${url.origin}/.well-known/oauth-authorization-server${path}`, `${url.origin}${path}/.well-known/openid-configuration`]
}

async function withKeys(facts: ServerFacts, isHere: boolean): Promise<ReadServer> {
  const address = facts.metadata['jwks_uri']
  const url = typeof address === 'string' ? parseUrl(address) : undefined
  if (url === undefined) return { facts }
  // What a stranger's metadata names is fetched from the public side alone, unless the server itself is on this machine.
  if (!mayFetch(url, isHere)) return { facts, note: `${url.href} was not fetched: it is not https` }
  const answer = await readJson(url.href)
  if (typeof answer === 'string') return { facts, note: answer }
  const keys = Array.isArray(answer['keys']) ? answer['keys'].filter((key): key is Jwk => typeof key === 'object' && key !== null) : []
  return { facts: { ...facts, keys } }
}

/** The document, or why there is none. */
async function readJson(address: string): Promise<Readonly<Record<string, unknown>> | string> {
  try {
    const response = await fetch(address, { redirect: 'error', signal: AbortSignal.timeout(limits.documentMs), headers: { accept: 'application/json' } })
    if (!response.ok) {
      await response.body?.cancel()
      return `${address} answered ${response.status}`
    }
    const text = await readBounded(response)
    if (text === undefined) return `${address} is larger than ${limits.documentBytes} bytes`
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : `${address} holds no object`
  } catch (error) {
    if (error instanceof SyntaxError) return `${address} holds no JSON`
    const { name, cause } = error as Error & { readonly cause?: { readonly code?: string; readonly message?: string } }
    return `${address} ${name === 'TimeoutError' ? 'did not answer in time' : `could not be fetched (${cause?.code ?? cause?.message ?? name})`}`
  }
}

async function readBounded(response: Response): Promise<string | undefined> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of response.body ?? []) {
    size += (part as Uint8Array).length
    if (size > limits.documentBytes) return undefined // leaving the loop cancels the body
    parts.push(part as Uint8Array)
  }
  return Buffer.concat(parts).toString('utf8')
}
