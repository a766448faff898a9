/** What a file is, by its first bytes: names say nothing. */

export type Container = 'zip' | 'gzip' | 'zstd' | 'tar'

/** Enough to know a tar by its first header. */
export const SNIFF_BYTES = 512

const magics: readonly (readonly [at: number, bytes: string, container: Container | 'closed', name: string])[] = [
  [0, 'PK\x03\x04', 'zip', 'ZIP'],
  [0, 'PK\x05\x06', 'zip', 'ZIP'],
  [0, '\x1f\x8b\x08', 'gzip', 'gzip'],
  [0, '\x28\xb5\x2f\xfd', 'zstd', 'Zstandard'],
  [257, 'ustar', 'tar', 'tar'],
  [0, '\xfd7zXZ\x00', 'closed', 'xz'],
  [0, 'BZh', 'closed', 'bzip2'],
  [0, '7z\xbc\xaf\x27\x1c', 'closed', '7-Zip'],
  [0, 'Rar!\x1a\x07', 'closed', 'RAR'],
]

export type Sniffed = { readonly container: Container } | { readonly closed: string } | undefined

export function sniff(head: Buffer): Sniffed {
  for (const [at, bytes, container, name] of magics) {
    if (head.length < at + bytes.length || head[at] !== bytes.charCodeAt(0) || head.toString('latin1', at, at + bytes.length) !== bytes) continue
    if (name === 'bzip2' && !/^BZh[1-9]1AY&SY/.test(head.toString('latin1', 0, 10))) continue
    return container === 'closed' ? { closed: name } : { container }
  }
  return isOldTar(head) ? { container: 'tar' } : undefined
}

/** A tar from before 1988 has no magic; its header's checksum tells. */
function isOldTar(head: Buffer): boolean {
  if (head.length < SNIFF_BYTES || head[0] === 0 || head[156] === undefined || head[148] === 0) return false
  const told = Number.parseInt(head.toString('latin1', 148, 156).replace(/\0.*$/s, '').trim(), 8)
  return Number.isInteger(told) && told === tarChecksum(head)
}

/** Sum of a tar header's bytes, its own field counted as spaces. */
export function tarChecksum(header: Buffer): number {
  let sum = 8 * 32
  for (let at = 0; at < 512; at++) if (at < 148 || at >= 156) sum += header[at] as number
  return sum
}
