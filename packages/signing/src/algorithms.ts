/** What the ring can sign with: one row an algorithm (RFC 7518 §3.1, RFC 9864 §2.2). */
import { constants, generateKeyPair, type KeyObject, sign } from 'node:crypto'
import { promisify } from 'node:util'
import { rawOfDer } from './ecdsa-der.ts'
import type { SigningAlgorithm } from './store.ts'

const generate = promisify(generateKeyPair)
/** On the thread pool: on the event loop every other request would wait for it. What of it stays there is 6 µs, instead of 35 for ES256 and 450 for RSA (decision 0031). */
const signElsewhere = promisify(sign)

interface AlgorithmRow {
  readonly generate: () => Promise<{ readonly publicKey: KeyObject; readonly privateKey: KeyObject }>
  /** The members that make the RFC 7638 thumbprint, in lexicographic order. */
  readonly thumbprintMembers: readonly string[]
  readonly sign: (data: Buffer, privateKey: KeyObject) => Promise<Buffer>
  /** Whether a first key is made at the first start; else when the algorithm is first asked for. */
  readonly isAlwaysInUse: boolean
}

const rsa = {
  generate: () => generate('rsa', { modulusLength: 2048 }),
  thumbprintMembers: ['e', 'kty', 'n'],
}

export const algorithms: Readonly<Record<SigningAlgorithm, AlgorithmRow>> = {
  ES256: {
    generate: () => generate('ec', { namedCurve: 'P-256' }),
    thumbprintMembers: ['crv', 'kty', 'x', 'y'],
    // DER and back by hand is faster than asking OpenSSL for the raw form (design, decision 16).
    sign: async (data, privateKey) => rawOfDer(await signElsewhere('sha256', data, privateKey)),
    isAlwaysInUse: true,
  },
  RS256: { ...rsa, sign: (data, privateKey) => signElsewhere('sha256', data, privateKey), isAlwaysInUse: true },
  PS256: {
    ...rsa,
    // RFC 7518 §3.5: the salt is as long as the hash, and MGF1 takes the same hash.
    sign: (data, key) => signElsewhere('sha256', data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }),
    isAlwaysInUse: false,
  },
  Ed25519: {
    generate: () => generate('ed25519'),
    thumbprintMembers: ['crv', 'kty', 'x'], // RFC 8037 §2
    sign: (data, privateKey) => signElsewhere(null, data, privateKey),
    isAlwaysInUse: false,
  },
}
