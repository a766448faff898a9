/** Contents of git objects, through one `git cat-file --batch`. */
import { ByteSource } from '../content/byte-source.ts'
import { type Desk, scanStream } from '../content/scan-content.ts'
import { sniff } from '../content/sniff.ts'
import { budgetFor } from '../limits.ts'
import { endOf, GitFailure, startGit } from './git.ts'

/** Up to this size an object is taken whole. */
const WHOLE_BYTES = 1024 ** 2
const MAX_HEADER_BYTES = 200

export interface Wanted {
  readonly id: string
  readonly trail: readonly string[]
}

export interface ObjectHeader {
  readonly id: string
  readonly type: string
}

/** Looks at every object asked for. @param trailOf what its finds are said to be in. */
export async function scanObjects(
  desk: Desk,
  repository: string,
  ids: AsyncIterable<string>,
  trailOf: (header: ObjectHeader) => readonly string[],
  onObject: () => void,
): Promise<void> {
  const child = startGit(repository, ['cat-file', '--batch', '--buffer'])
  const ended = endOf(child)
  ended.catch(() => {})
  const asked = ask(child.stdin, ids)
  asked.catch(() => child.kill())
  const source = new ByteSource(child.stdout as AsyncIterable<Buffer>)
  try {
    for (let line = await source.line(MAX_HEADER_BYTES); line !== undefined; line = await source.line(MAX_HEADER_BYTES)) {
      const [id = '', type = '', size] = line.split(' ')
      if (size === undefined) continue // missing: a partial clone has not everything
      onObject()
      await scanObject(desk, source, id, Number(size), trailOf({ id, type }))
    }
    await asked
    await ended
  } finally {
    child.kill()
  }
}

async function ask(stdin: NodeJS.WritableStream, ids: AsyncIterable<string>): Promise<void> {
  let batch = ''
  const flush = async () => {
    const isFlowing = stdin.write(batch)
    batch = ''
    if (!isFlowing) await new Promise<void>((resolve) => void stdin.once('drain', resolve).once('close', resolve))
  }
  for await (const id of ids) {
    batch += `${id}\n`
    if (batch.length > 16_384) await flush()
  }
  if (batch !== '') await flush()
  stdin.end()
}

async function scanObject(desk: Desk, source: ByteSource, blob: string, size: number, trail: readonly string[]): Promise<void> {
  if (size <= WHOLE_BYTES) {
    const bytes = (source.takeNow(size + 1) ?? (await source.take(size + 1))).subarray(0, size)
    if (bytes.length < size) throw new GitFailure('git ended within an object')
    const sniffed = desk.opensArchives ? sniff(bytes) : undefined
    if (sniffed === undefined || 'closed' in sniffed) {
      desk.ledger.counts.files++
      desk.text.whole(bytes, { trail, blob })
    } else await scanStream(desk, [bytes], { trail, blob, depth: 0, budget: budgetFor(size) })
    return
  }
  let left = size
  const content = async function* (): AsyncGenerator<Buffer> {
    for await (const part of source.upTo(size)) {
      left -= part.length
      yield part
    }
  }
  await scanStream(desk, content(), { trail, blob, depth: 0, budget: budgetFor(size) })
  await source.skip(left + 1)
}
