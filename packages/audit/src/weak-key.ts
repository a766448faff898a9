/** What makes a published key (RFC 7517) weak. */

export type Jwk = Readonly<Record<string, unknown>>

const MIN_RSA_BITS = 2048
const CURVES = new Set(['P-256', 'P-384', 'P-521', 'Ed25519', 'Ed448', 'X25519', 'X448'])

export function rsaBitsOf(jwk: Jwk): number {
  const modulus = Buffer.from(String(jwk['n'] ?? ''), 'base64url')
  const first = modulus.findIndex((byte) => byte !== 0)
  return first < 0 ? 0 : (modulus.length - first) * 8 - (Math.clz32(modulus[first] ?? 0) - 24)
}

/** A few words on what is wrong; `undefined` if nothing is. Takes no account of private members: see `isPrivate`. */
export function faultOfJwk(jwk: Jwk): string | undefined {
  const { kty, crv, e } = jwk as Readonly<Record<'kty' | 'crv' | 'e', unknown>>
  if (kty === 'RSA') {
    const bits = rsaBitsOf(jwk)
    if (bits < MIN_RSA_BITS) return `RSA of ${bits} bits`
    const exponent = BigInt(`0x${Buffer.from(String(e ?? ''), 'base64url').toString('hex') || '0'}`)
    return exponent < 3n || exponent % 2n === 0n ? `RSA with exponent ${exponent}` : undefined
  }
  if (kty === 'EC' || kty === 'OKP') return CURVES.has(String(crv)) ? undefined : `curve ${String(crv).slice(0, 20)}`
  return undefined
}

/** The half that must not be published; a symmetric key is all of it. */
export function isPrivate(jwk: Jwk): boolean {
  return jwk['kty'] === 'oct' || ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'].some((member) => jwk[member] !== undefined)
}
