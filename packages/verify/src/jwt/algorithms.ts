/** The signature algorithms taken, one row each (RFC 7518 §3.1, RFC 9864 §2.2). There is no row that takes a shared secret, so none can be reached. */
import { constants, type KeyObject, verify } from 'node:crypto'

interface AlgorithmRow {
  /** Whether the key is of this algorithm's type, and strong enough. */
  readonly fits: (key: KeyObject) => boolean
  readonly verifies: (signed: Buffer, key: KeyObject, signature: Buffer) => boolean
}

const RSA_BITS = { least: 2048, most: 8192 } // RFC 7518 §3.3; the upper bound keeps a verification short

function isStrongRsa(key: KeyObject): boolean {
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {}
  const bitsFit = modulusLength >= RSA_BITS.least && modulusLength <= RSA_BITS.most
  return key.asymmetricKeyType === 'rsa' && bitsFit && publicExponent >= 3n && publicExponent % 2n === 1n
}

const ed25519: AlgorithmRow = {
  fits: (key) => key.asymmetricKeyType === 'ed25519',
  verifies: (signed, key, signature) => signature.length === 64 && verify(null, signed, key, signature),
}

export const algorithms: ReadonlyMap<string, AlgorithmRow> = new Map<string, AlgorithmRow>([
  [
    'ES256',
    {
      fits: (key) => key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1',
      // RFC 7518 §3.4: r and s, 32 bytes each, and not the DER form. OpenSSL refuses r or s outside 1…n-1.
      verifies: (signed, key, signature) => signature.length === 64 && verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, signature),
    },
  ],
  ['RS256', { fits: isStrongRsa, verifies: (signed, key, signature) => verify('sha256', signed, key, signature) }],
  [
    'PS256',
    {
      fits: isStrongRsa,
      // RFC 7518 §3.5: the salt is as long as the hash, and of no other length.
      verifies: (signed, key, signature) => verify('sha256', signed, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }, signature),
    },
  ],
  ['Ed25519', ed25519],
  ['EdDSA', ed25519], // the older name (RFC 8037 §3.1), which RFC 9864 deprecates
])
