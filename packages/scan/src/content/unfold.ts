/** Decompression as a stream, with its faults as ours. */
import { Readable, type Transform } from 'node:stream'
import { Unreadable } from '../limits.ts'
import type { Pieces } from './byte-source.ts'

/** @throws Unreadable when the bytes are not what they seem; what came before has been given. */
export async function* unfold(packed: Pieces, transform: Transform): AsyncGenerator<Buffer> {
  const input = Readable.from(packed, { objectMode: true, highWaterMark: 1 })
  input.on('error', (error) => transform.destroy(error))
  input.pipe(transform)
  try {
    for await (const piece of transform) yield piece as Buffer
  } catch (error) {
    if (error instanceof Unreadable) throw error
    throw new Unreadable(`is broken (${(error as NodeJS.ErrnoException).code ?? (error as Error).message})`)
  } finally {
    input.destroy()
    transform.destroy()
  }
}
