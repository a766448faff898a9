/** Private keys at rest: AES-256-GCM under a key derived from the server's secret, bound to the `kid`, so that one row cannot stand in for another. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

const VERSION = 'v1'

export function sealPrivateKey(sealingKey: Buffer, kid: string, pkcs8: Buffer): string {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', sealingKey, nonce).setAAD(Buffer.from(kid))
  const sealed = Buffer.concat([cipher.update(pkcs8), cipher.final()])
  return [VERSION, nonce.toString('base64url'), cipher.getAuthTag().toString('base64url'), sealed.toString('base64url')].join('.')
}

/** @throws Error when the server's secret key is not the one the row was sealed with, or the row was changed. */
export function openPrivateKey(sealingKey: Buffer, kid: string, text: string): Buffer {
  const [version, nonce, tag, sealed] = text.split('.')
  if (version !== VERSION || nonce === undefined || tag === undefined || sealed === undefined) throw new Error(`signing key ${kid}: not a sealed key`)
  const decipher = createDecipheriv('aes-256-gcm', sealingKey, Buffer.from(nonce, 'base64url'))
    .setAAD(Buffer.from(kid))
    .setAuthTag(Buffer.from(tag, 'base64url'))
  try {
    return Buffer.concat([decipher.update(Buffer.from(sealed, 'base64url')), decipher.final()])
  } catch (cause) {
    throw new Error(`signing key ${kid} cannot be opened: secretKey is not the one it was sealed with. Start with the former secretKey.`, { cause })
  }
}
