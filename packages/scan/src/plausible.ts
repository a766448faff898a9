/** Whether a find looks drawn at random, or like what people write into documentation. */

const PLACEHOLDER =
  /example|placeholder|changeme|your[_-]?(?:key|token|secret|api)|x{6}|\*{4}|\.{4}|0{10}|123456789|abcdefgh|qwertyui|a{8}|deadbeef|redacted|dummy|insert[_-]?here/i

/** Shannon's entropy of the characters, in bits for each. */
export function entropyOf(text: string): number {
  const counts = new Map<string, number>()
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length)
  return bits
}

export function isPlausible(text: string, minEntropy: number): boolean {
  return minEntropy === 0 || (!PLACEHOLDER.test(text) && entropyOf(text) >= minEntropy)
}
