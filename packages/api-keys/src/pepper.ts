/**
 * Peppers (K3): secrets of the server under which digests are stored, so that a stolen database alone does not tell whether a guessed key is in it. They rotate: new keys
 * are stored under the newest, and a key found under an older one is moved at its next use.
 */
import { createHmac } from 'node:crypto'
import type { Secret } from '@latchwork/kernel'

export interface Pepper {
  /** 1–16 of a–z and 0–9; stands before each digest stored under it. */
  readonly id: string
  /** At least 32 bytes of chance. */
  readonly secret: Secret
}

/** @param digest SHA-256 of the key, base64url. */
function pepperedDigest({ id, secret }: Pepper, digest: string): string {
  return `${id}:${createHmac('sha256', Buffer.from(secret.reveal(), 'base64url')).update(Buffer.from(digest, 'base64url')).digest('base64url')}`
}

/** What is stored of a key with this digest now. */
export function storedDigest(peppers: readonly Pepper[] | undefined, digest: string): string {
  const newest = peppers?.[0]
  return newest === undefined ? digest : pepperedDigest(newest, digest)
}

/** Everything under which a key with this digest can be stored, the newest first: keys made before there were peppers are stored as they are. */
export function storedDigests(peppers: readonly Pepper[] | undefined, digest: string): readonly [string, ...string[]] {
  const [newest, ...older] = [...(peppers ?? []).map((pepper) => pepperedDigest(pepper, digest)), digest]
  return [newest ?? digest, ...older]
}
