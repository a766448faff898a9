/** Private keys at rest: AES-256-GCM under a key derived from the server's secret, bound to the `kid`, so that one row cannot stand in for another. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

const VERSION = 'v1'

export function sealPrivateKey(sealingKey: Buffer, kid: string, pkcs8: Buffer): string {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', sealingKey, nonce).setAAD(Buffer.from(kid))
  const sealed = Buffer.concat([cipher.update(pkcs8), cipher.final()])
  return [VERSION, nonce.toString('base64url'), cipher.getAuthTag().toString('base64url'), sealed.toString('base64url')].join('.')
}

/**
 * @param sealingKeys tried in turn.
 * @throws Error when none of them is the one the row was sealed with, or the row was changed.
 */
export function openPrivateKey(sealingKeys: readonly Buffer[], kid: string, text: string): Buffer {
  let cause: unknown
  for (const sealingKey of sealingKeys) {
    try {
      return unseal(sealingKey, kid, text)
    } catch (error) {
      cause = error
    }
  }
  if (cause instanceof NotSealed) throw cause
  throw new Error(
    `signing key ${kid} cannot be opened: secretKey is not the one it was sealed with, nor is one of formerSecretKeys. Name the one it was sealed with in formerSecretKeys.`,
    { cause },
  )
}

export function isSealedUnder(sealingKey: Buffer, kid: string, text: string): boolean {
  try {
    return unseal(sealingKey, kid, text).length > 0
  } catch {
    return false
  }
}

class NotSealed extends Error {}

function unseal(sealingKey: Buffer, kid: string, text: string): Buffer {
  const [version, nonce, tag, sealed] = text.split('.')
  if (version !== VERSION || nonce === undefined || tag === undefined || sealed === undefined) throw new NotSealed(`signing key ${kid}: not a sealed key`)
  const decipher = createDecipheriv('aes-256-gcm', sealingKey, Buffer.from(nonce, 'base64url'), { authTagLength: 16 })
    .setAAD(Buffer.from(kid))
    .setAuthTag(Buffer.from(tag, 'base64url'))
  return Buffer.concat([decipher.update(Buffer.from(sealed, 'base64url')), decipher.final()])
}
