/** What the room of OAuth needs to make tokens and to know its own again. */
import type { OAuth } from '@latchwork/oauth'
import type { KeyRing } from '@latchwork/signing'
import type { Config } from './config/index.ts'
import { ownTokenReader } from './read-own-token.ts'

/** The ways in, each with the methods it proves (RFC 8176). */
const waysIn = [['pwd']] as const

export function tokensOf(config: Config, keyRing: KeyRing, pairwiseSalt: string): Pick<OAuth, 'pairwiseKey' | 'waysIn' | 'readOwnToken'> {
  return { pairwiseKey: Buffer.from(pairwiseSalt, 'base64url'), waysIn, readOwnToken: ownTokenReader(config.issuer, keyRing) }
}
