/**
 * JWTs of strangers (RFC 7519, RFC 8725), read strictly before any library looks at them (design, decision 12): one spelling, each member once, no header that could choose
 * the key, no extension. The signature is then verified by `jose`, under an algorithm that the caller names and never the token.
 */
import { parseStrictJson } from '@latchwork/kernel'
import type { JWK } from 'jose'

/** Why a JWS is refused; `message` is for the log alone. */
export class JoseFault extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'JoseFault'
  }
}

export interface StrictJws {
  readonly text: string
  readonly header: { readonly alg: string; readonly kid?: string; readonly typ?: string }
  readonly claims: Readonly<Record<string, unknown>>
}

export interface JwsTerms {
  readonly algorithms: readonly string[]
  /** Values of `typ` that are taken, without `application/` (RFC 8725 §3.11); no `typ` at all is taken where it is listed as `undefined`. */
  readonly types: readonly (string | undefined)[]
}

const MAX_LENGTH = 16 * 1024
const COMPACT = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/
/** Headers that name a key, an extension or another kind of JOSE object: never followed, always refused (RFC 8725 §3.10). */
const FORBIDDEN = ['jwk', 'jku', 'x5u', 'x5c', 'crit', 'b64', 'zip', 'enc', 'epk', 'apu', 'apv', 'p2c', 'p2s', 'cty']

/** Reads without verifying anything. @throws JoseFault. */
export function readStrictJws(text: string, terms: JwsTerms): StrictJws {
  if (text.length > MAX_LENGTH) throw new JoseFault('longer than 16 KiB')
  const parts = COMPACT.exec(text)?.slice(1) ?? []
  if (parts.length !== 3 || !parts.every(isCanonical)) throw new JoseFault('not a compact JWS in canonical base64url')
  const header = objectOf(parts[0] as string)
  const claims = objectOf(parts[1] as string)
  if (header === undefined || claims === undefined) throw new JoseFault('header or claims are no JSON object, or name a member twice')
  return { text, header: checkHeader(header, terms), claims }
}

/** One token has one spelling: no spare bits (RFC 4648 §3.5). */
function isCanonical(part: string): boolean {
  return Buffer.from(part, 'base64url').toString('base64url') === part
}

function objectOf(part: string): Readonly<Record<string, unknown>> | undefined {
  const value = parseStrictJson(Buffer.from(part, 'base64url'))
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : undefined
}

function checkHeader(header: Readonly<Record<string, unknown>>, { algorithms, types }: JwsTerms): StrictJws['header'] {
  const { alg, kid, typ } = header
  if (typeof alg !== 'string' || !algorithms.includes(alg)) throw new JoseFault('alg is not one of those taken')
  const forbidden = FORBIDDEN.find((name) => Object.hasOwn(header, name))
  if (forbidden !== undefined) throw new JoseFault(`the header ${forbidden} is not taken`)
  if (kid !== undefined && (typeof kid !== 'string' || kid.length > 256)) throw new JoseFault('kid is no text of up to 256 characters')
  if (typ !== undefined && typeof typ !== 'string') throw new JoseFault('typ is no text')
  const type = typ?.toLowerCase().replace(/^application\//, '')
  if (!types.includes(type)) throw new JoseFault('typ is not one of those taken')
  return { alg, ...(kid === undefined ? {} : { kid }), ...(type === undefined ? {} : { typ: type }) }
}

/** Whether one of these keys signed it; they must have been chosen by `keysFor`. */
export async function isSignedBy({ text, header }: StrictJws, keys: readonly Readonly<Record<string, unknown>>[]): Promise<boolean> {
  const { compactVerify, importJWK } = await import('jose') // few servers have clients that sign
  for (const key of keys) {
    try {
      await compactVerify(text, await importJWK(key as unknown as JWK, header.alg), { algorithms: [header.alg] })
      return true
    } catch {
      // another key of the set may fit
    }
  }
  return false
}
