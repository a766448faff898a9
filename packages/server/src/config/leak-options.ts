/** How the options about leaks are written: what happens to a leaked credential, and whose reports are believed. */
import { createPublicKey, type KeyObject } from 'node:crypto'
import type { LeakableKind, LeakException, LeakReaction } from '@latchwork/api-keys'
import { type Environment, keyKinds, type Secret, tokenPrefixes } from '@latchwork/kernel'

const MAX_MINUTES = 30 * 24 * 60
const REACTION = /^(revoke|notify|revoke after (\d{1,5}) minutes)$/
const EXCEPTION = /^(?:(live|test) )?([a-z_]+) (.+)$/
const KEY = /^([0-9A-Za-z_-]{1,128})=([A-Za-z0-9+/]+={0,2})$/

/** `revoke`, `notify`, or `revoke after 30 minutes`. */
export function readReaction(text: string): LeakReaction | undefined {
  const [, words, minutes] = REACTION.exec(text) ?? []
  if (minutes !== undefined) return minutesOf(Number(minutes))
  return words as 'revoke' | 'notify' | undefined
}

/** The same as written in a file: one of the words, or `{ revokeAfterMinutes: 30 }`. */
export function reactionOf(value: unknown): LeakReaction | undefined {
  if (typeof value === 'string') return readReaction(value)
  if (typeof value !== 'object' || value === null || Object.keys(value).join() !== 'revokeAfterMinutes') return undefined
  return minutesOf((value as { readonly revokeAfterMinutes: unknown }).revokeAfterMinutes)
}

function minutesOf(minutes: unknown): LeakReaction | undefined {
  return Number.isInteger(minutes) && Number(minutes) >= 1 && Number(minutes) <= MAX_MINUTES ? { revokeAfterMinutes: Number(minutes) } : undefined
}

/** `live pat notify`, `client_secret revoke`, `test sk revoke after 30 minutes`. */
export function readException(text: string): LeakException | undefined {
  const [, environment, kind = '', words = ''] = EXCEPTION.exec(text) ?? []
  const reaction = readReaction(words)
  if (reaction === undefined || !(Object.hasOwn(keyKinds, kind) || Object.hasOwn(tokenPrefixes, kind))) return undefined
  return { kind: kind as LeakableKind, reaction, ...(environment === undefined ? {} : { environment: environment as Environment }) }
}

export function faultOfExceptions(entries: readonly string[]): string | undefined {
  const strange = entries.find((entry) => readException(entry) === undefined)
  if (strange !== undefined) return `${JSON.stringify(strange.slice(0, 100))} is not an exception`
  const publishable = entries.find((entry) => readException(entry)?.kind === 'pk')
  return publishable === undefined ? undefined : `${JSON.stringify(publishable)} is about publishable keys, which are public and never revoked for it`
}

/** One of GitHub's keys: its identifier and the key itself. */
export interface GithubKey {
  readonly identifier: string
  readonly key: KeyObject
}

/** `identifier=key`: the key as SubjectPublicKeyInfo in base64, on the curve that GitHub signs with. */
export function readGithubKey(text: string): GithubKey | undefined {
  const [, identifier, spki] = KEY.exec(text) ?? []
  if (identifier === undefined || spki === undefined) return undefined
  try {
    const key = createPublicKey({ key: Buffer.from(spki, 'base64'), format: 'der', type: 'spki' })
    return isP256(key) ? { identifier, key } : undefined
  } catch {
    return undefined
  }
}

export function isP256(key: KeyObject): boolean {
  return key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1'
}

export function faultOfGithubKeys(entries: readonly string[]): string | undefined {
  const strange = entries.find((entry) => readGithubKey(entry) === undefined)
  return strange === undefined ? undefined : `${JSON.stringify(strange.slice(0, 40))} is not identifier=key with a P-256 key (SPKI, base64)`
}

export function faultOfKeysUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return 'is not an address'
  return new URL(text).protocol === 'https:' ? undefined : 'is not https: whoever is on the way could put in a key of their own'
}

const LEAST_SECRET = 32

export function faultOfWebhookSecret(secret: Secret): string | undefined {
  return secret.reveal().length < LEAST_SECRET ? `is shorter than ${LEAST_SECRET} characters` : undefined
}
