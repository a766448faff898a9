/** A P-256 signature from DER, `SEQUENCE { INTEGER r, INTEGER s }`, to the 64 bytes r ‖ s that JWS wants (RFC 7518 §3.4). */
const HALF = 32

export function rawOfDer(der: Buffer): Buffer {
  const raw = Buffer.alloc(2 * HALF)
  let at = 2 // SEQUENCE and its length, one byte each: a P-256 signature is at most 72 bytes
  for (let half = 1; half <= 2; half++) {
    const length = der[at + 1] ?? 0
    const start = at + 2
    const end = start + length
    const significant = Math.max(start, end - HALF) // a leading zero byte keeps an INTEGER positive
    der.copy(raw, half * HALF - (end - significant), significant, end)
    at = end
  }
  return raw
}
