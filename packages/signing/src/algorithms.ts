/** What the ring can sign with: one row an algorithm (RFC 7518 §3.1). */
import { generateKeyPair, type KeyObject, sign } from 'node:crypto'
import { promisify } from 'node:util'
import { rawOfDer } from './ecdsa-der.ts'
import type { SigningAlgorithm } from './store.ts'

const generate = promisify(generateKeyPair)

interface AlgorithmRow {
  readonly generate: () => Promise<{ readonly publicKey: KeyObject; readonly privateKey: KeyObject }>
  /** The members that make the RFC 7638 thumbprint, in lexicographic order. */
  readonly thumbprintMembers: readonly string[]
  readonly sign: (data: Buffer, privateKey: KeyObject) => Buffer
}

export const algorithms: Readonly<Record<SigningAlgorithm, AlgorithmRow>> = {
  ES256: {
    generate: () => generate('ec', { namedCurve: 'P-256' }),
    thumbprintMembers: ['crv', 'kty', 'x', 'y'],
    // DER and back by hand is faster than asking OpenSSL for the raw form (design, decision 16).
    sign: (data, privateKey) => rawOfDer(sign('sha256', data, privateKey)),
  },
  RS256: {
    generate: () => generate('rsa', { modulusLength: 2048 }),
    thumbprintMembers: ['e', 'kty', 'n'],
    sign: (data, privateKey) => sign('sha256', data, privateKey),
  },
}
