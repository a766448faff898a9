/** Secrets at rest: AES-256-GCM under a key from elsewhere, bound to what stands beside them in clear. */
import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto'
import { promisify } from 'node:util'

export interface Sealed {
  readonly iv: string
  readonly tag: string
  readonly data: string
}

/** 64 MiB and about a fifth of a second: what a guess costs (RFC 7914). */
const SCRYPT = { N: 2 ** 16, r: 8, p: 1, maxmem: 128 * 2 ** 20 }
const stretch = promisify<string, Buffer, number, typeof SCRYPT, Buffer>(scrypt)

export function keyOfPassphrase(passphrase: string, salt: Buffer): Promise<Buffer> {
  return stretch(passphrase.normalize('NFKC'), salt, 32, SCRYPT)
}

/** @param beside what is authenticated with it and not hidden. */
export function seal(text: string, key: Buffer, beside: string): Sealed {
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(beside))
  const data = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return { iv: iv.toString('base64url'), tag: cipher.getAuthTag().toString('base64url'), data: data.toString('base64url') }
}

/** `undefined` if the key is another or anything was changed, in what is hidden or beside it. */
export function unseal({ iv, tag, data }: Sealed, key: Buffer, beside: string): string | undefined {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(iv, 'base64url'), { authTagLength: 16 })
    decipher.setAAD(Buffer.from(beside)).setAuthTag(Buffer.from(tag, 'base64url'))
    return Buffer.concat([decipher.update(Buffer.from(data, 'base64url')), decipher.final()]).toString('utf8')
  } catch {
    return undefined
  }
}
