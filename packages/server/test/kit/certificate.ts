/** Certificates of clients, made on the spot (RFC 5280 §4.1): an authority and whom it vouches for. */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

const der = (tag: number, ...parts: readonly Buffer[]): Buffer => {
  const content = Buffer.concat(parts)
  const size = content.length
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 0xff]
  return Buffer.concat([Buffer.from([tag, ...length]), content])
}
const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts)
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'))
const text = (value: string): Buffer => der(0x0c, Buffer.from(value))
const time = (at: number): Buffer =>
  der(
    0x17,
    Buffer.from(
      new Date(at)
        .toISOString()
        .replace(/[-:T]|\.\d+/g, '')
        .slice(2),
    ),
  )

const ECDSA_WITH_SHA256 = sequence(oid('2a8648ce3d040302'))
const types = { C: '550406', O: '55040a', CN: '550403' } as const
const DAY_MS = 86_400_000

export interface Certificate {
  readonly pem: string
  readonly raw: Buffer
  readonly keyPem: string
  /** Its public key. */
  readonly jwk: Readonly<Record<string, unknown>>
}

interface Wish {
  /** From the root down. */
  readonly subject: readonly (readonly [keyof typeof types, string])[]
  readonly dns?: string
  readonly isAuthority?: boolean
  readonly from?: number
  readonly until?: number
  /** Extended key usage in hexadecimal, such as that of servers. */
  readonly purpose?: string
}

export interface Authority extends Certificate {
  readonly issue: (wish: Wish) => Certificate
}

export function newAuthority(name: string): Authority {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const subject = nameOf([['CN', name]])
  return { ...issue({ subject: [['CN', name]], isAuthority: true }, subject, pair.privateKey, pair), issue: (wish) => issue(wish, subject, pair.privateKey) }
}

export function selfSignedClient(wish: Wish): Certificate {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return issue(wish, nameOf(wish.subject), pair.privateKey, pair)
}

function nameOf(subject: Wish['subject']): Buffer {
  return sequence(...subject.map(([type, value]) => der(0x31, sequence(oid(types[type]), text(value)))))
}

function issue(
  { subject, dns, isAuthority = false, from = Date.now() - DAY_MS, until = Date.now() + DAY_MS, purpose }: Wish,
  issuer: Buffer,
  signingKey: KeyObject,
  pair = generateKeyPairSync('ec', { namedCurve: 'P-256' }),
): Certificate {
  const extensions = [
    sequence(oid('551d13'), der(0x04, isAuthority ? sequence(der(0x01, Buffer.from([0xff]))) : sequence())),
    ...(dns === undefined ? [] : [sequence(oid('551d11'), der(0x04, sequence(der(0x82, Buffer.from(dns)))))]),
    ...(purpose === undefined ? [] : [sequence(oid('551d25'), der(0x04, sequence(oid(purpose))))]),
  ]
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ECDSA_WITH_SHA256,
    issuer,
    sequence(time(from), time(until)),
    nameOf(subject),
    pair.publicKey.export({ format: 'der', type: 'spki' }),
    der(0xa3, sequence(...extensions)),
  )
  const raw = sequence(body, ECDSA_WITH_SHA256, der(0x03, Buffer.from([0]), sign('sha256', body, signingKey)))
  return {
    raw,
    pem: `-----BEGIN CERTIFICATE-----\n${raw.toString('base64').replace(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`,
    keyPem: String(pair.privateKey.export({ format: 'pem', type: 'pkcs8' })),
    jwk: { ...pair.publicKey.export({ format: 'jwk' }) },
  }
}
