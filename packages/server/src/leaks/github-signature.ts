/** GitHub's signature: ECDSA on P-256 with SHA-256, DER in base64, over the body as it came. Nothing is parsed before it is proven. */
import { verify } from 'node:crypto'
import { refuse } from '@latchwork/kernel'
import type { GithubKeys } from './github-keys.ts'

const IDENTIFIER = /^[0-9A-Za-z_-]{1,128}$/
const SIGNATURE = /^[A-Za-z0-9+/]{40,120}={0,2}$/

export interface GithubSignature {
  readonly identifier: string
  readonly signature: Buffer
}

/** @throws Refusal `signature_invalid`. */
export function parseGithubHeaders(headers: Readonly<Record<string, string | string[] | undefined>>): GithubSignature {
  const identifier = headers['github-public-key-identifier']
  const text = headers['github-public-key-signature']
  if (typeof identifier !== 'string' || !IDENTIFIER.test(identifier)) return refuse('signature_invalid', { reason: 'no key identifier' })
  if (typeof text !== 'string' || !SIGNATURE.test(text)) return refuse('signature_invalid', { reason: 'no signature' })
  const signature = Buffer.from(text, 'base64')
  if (signature.toString('base64') !== text) return refuse('signature_invalid', { reason: 'not canonical base64' })
  return { identifier, signature }
}

/** @throws Refusal `signature_invalid`: an unknown key, or another body. */
export async function proveGithubSignature(keys: GithubKeys, { identifier, signature }: GithubSignature, body: Buffer): Promise<void> {
  const key = await keys.find(identifier)
  if (key === undefined) return refuse('signature_invalid', { reason: 'unknown key' })
  if (!verify('sha256', body, { key, dsaEncoding: 'der' }, signature)) return refuse('signature_invalid', { reason: 'another signature' })
}
