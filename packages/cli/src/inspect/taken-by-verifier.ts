/** What Latchwork's own verifier says of the signature of one of its own tokens: the same code that stands in front of every API. */
import type { Report } from '@latchwork/inspect'
import { tokenIn } from '@latchwork/inspect'
import { readKeySet, readSignedJwt } from '@latchwork/verify'

const OWN_TYPES: readonly unknown[] = ['at+jwt', 'session+jwt']

/** `undefined` for other people's tokens and for keys that are no JWK set. */
export function takenByVerifier(text: string, { header }: Report, keyText: string): string | undefined {
  if (!OWN_TYPES.includes(header.find(({ name }) => name === 'typ')?.value)) return undefined
  const keys = keySetOf(keyText)
  if (keys === undefined) return undefined
  const isTaken = readSignedJwt(tokenIn(text), (kid) => keys.get(kid)) !== undefined
  return isTaken ? '@latchwork/verify takes the signature.' : '@latchwork/verify does not take the signature.'
}

function keySetOf(text: string): ReturnType<typeof readKeySet> {
  try {
    return readKeySet(JSON.parse(text))
  } catch {
    return undefined
  }
}
