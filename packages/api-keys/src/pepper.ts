/**
 * Peppers (K3): secrets of the server under which digests are stored, so that a stolen database alone does not tell whether a guessed key is in it. They rotate: new keys
 * are stored under the first of the list, and a key found under another is moved there at its next use. Every node must know whatever another stores under: else it neither finds
 * such keys, nor knows that one of them is imported again. So what is stored under is noted beside the keys, by id and fingerprint.
 */
import { createHmac } from 'node:crypto'
import type { Secret } from '@latchwork/kernel'

export interface NamedPepper {
  /** 1–16 of a–z and 0–9; stands before each digest stored under it. */
  readonly id: string
  /** At least 32 bytes of chance. */
  readonly secret: Secret
}

/** `none`: digests are stored as they are, where it comes first. */
export type Pepper = NamedPepper | 'none'

/** A pepper as it is told to other nodes. */
export interface NotedPepper {
  readonly id: string
  /** Of a secret of 256 bits, so it tells nothing of it. */
  readonly fingerprint: string
}

function mac({ secret }: NamedPepper, content: Buffer | string): string {
  return createHmac('sha256', Buffer.from(secret.reveal(), 'base64url')).update(content).digest('base64url')
}

/** @param digest SHA-256 of the key, base64url. */
function digestUnder(pepper: Pepper, digest: string): string {
  return pepper === 'none' ? digest : `${pepper.id}:${mac(pepper, Buffer.from(digest, 'base64url'))}`
}

/** What is stored of a key with this digest now. */
export function storedDigest(peppers: readonly Pepper[] | undefined, digest: string): string {
  return digestUnder(peppers?.[0] ?? 'none', digest)
}

/** Everything under which a key with this digest can be stored, what is stored now first: keys made before there were peppers are stored as they are. */
export function storedDigests(peppers: readonly Pepper[] = [], digest: string): readonly [string, ...string[]] {
  const [first = digest, ...others] = new Set([...peppers, 'none' as const].map((pepper) => digestUnder(pepper, digest)))
  return [first, ...others]
}

export function notedPepper(pepper: NamedPepper): NotedPepper {
  return { id: pepper.id, fingerprint: mac(pepper, 'latchwork pepper').slice(0, FINGERPRINT_LENGTH) }
}

const FINGERPRINT_LENGTH = 22

/** The ids of a list. */
export function pepperIds(peppers: readonly Pepper[] = []): readonly string[] {
  return peppers.flatMap((pepper) => (pepper === 'none' ? [] : [pepper.id]))
}
