/** Bytes that can be read anywhere: a file's, or of a stream that had to be kept. */
import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { limits } from '../limits.ts'

export interface RandomAccess {
  readonly size: number
  /** As many as there are, at most `length`. */
  readonly read: (position: number, length: number) => Buffer
  readonly close: () => void
}

export function ofFile(descriptor: number, close = () => {}): RandomAccess {
  return {
    size: fstatSync(descriptor).size,
    read: (position, length) => {
      const bytes = Buffer.allocUnsafe(length)
      return bytes.subarray(0, readSync(descriptor, bytes, 0, length, position))
    },
    close,
  }
}

/** Keeps small ones in memory. A large one goes into a file that loses its name at once, so that nothing stays behind whatever happens. */
export async function spool(pieces: AsyncIterable<Buffer>): Promise<RandomAccess> {
  const parts: Buffer[] = []
  let size = 0
  let descriptor: number | undefined
  try {
    for await (const part of pieces) {
      size += part.length
      if (descriptor !== undefined) writeSync(descriptor, part)
      else parts.push(Buffer.from(part))
      if (descriptor === undefined && size > limits.spoolBytes) {
        descriptor = openNameless()
        for (const one of parts.splice(0)) writeSync(descriptor, one)
      }
    }
  } catch (error) {
    if (descriptor !== undefined) closeSync(descriptor)
    throw error
  }
  if (descriptor !== undefined) return ofFile(descriptor, () => closeSync(descriptor as number))
  const bytes = Buffer.concat(parts)
  return { size, read: (position, length) => bytes.subarray(position, position + length), close: () => {} }
}

function openNameless(): number {
  const folder = mkdtempSync(join(tmpdir(), 'latchwork-scan-'))
  try {
    return openSync(join(folder, 'archive'), 'wx+', 0o600)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
