/** Looks at content that comes as a stream: as text, or, if it is an archive, at everything within it. */
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { joinTrail, type Ledger, note } from '../ledger.ts'
import { type Budget, Exhausted, limits, spend, spendMember, Unreadable } from '../limits.ts'
import type { TextScan } from '../text-scan.ts'
import { ByteSource, type Pieces } from './byte-source.ts'
import { isImageDocument, noteWhiteout } from './image.ts'
import { type Container, SNIFF_BYTES, sniff } from './sniff.ts'
import { ofFile, type RandomAccess, spool } from './spool.ts'
import { readTar } from './tar.ts'
import { unfold } from './unfold.ts'
import { findDirectory, readZip } from './zip.ts'

export interface Desk {
  readonly ledger: Ledger
  readonly text: TextScan
  readonly opensArchives: boolean
}

/** One piece of content on its way inwards. */
interface Step {
  readonly trail: readonly string[]
  readonly blob?: string
  readonly depth: number
  readonly budget: Budget
}

/** Faults end this content alone, and are noted. */
export async function scanStream(desk: Desk, pieces: Pieces, step: Step): Promise<void> {
  const source = new ByteSource(pieces)
  try {
    await scanSource(desk, source, step)
  } catch (error) {
    noteFault(desk, error, step)
  } finally {
    await source.close()
  }
}

/** @throws whatever is no fault of this content: a budget that is used up ends all that share it. */
function noteFault(desk: Desk, error: unknown, step: Step): void {
  if (!(error instanceof Unreadable) || (error instanceof Exhausted && step.depth > 0)) throw error
  note(desk.ledger, joinTrail(step.trail), error.message)
}

/** The file that a descriptor is open on, an archive by its first bytes. */
export async function scanArchiveFile(desk: Desk, descriptor: number, container: Container, step: Step): Promise<void> {
  if (container !== 'zip') return scanStream(desk, piecesOf(ofFile(descriptor)), step)
  try {
    await scanZip(desk, ofFile(descriptor), step)
  } catch (error) {
    noteFault(desk, error, step)
  }
}

function* piecesOf(file: RandomAccess): Generator<Buffer> {
  for (let at = 0; ; ) {
    const piece = file.read(at, 256 * 1024)
    if (piece.length === 0) return
    at += piece.length
    yield piece
  }
}

async function scanSource(desk: Desk, source: ByteSource, step: Step): Promise<void> {
  const head = await source.peek(SNIFF_BYTES)
  const sniffed = desk.opensArchives ? sniff(head) : undefined
  if (sniffed !== undefined && 'closed' in sniffed) note(desk.ledger, joinTrail(step.trail), `is packed by ${sniffed.closed}, which is not read here`)
  if (sniffed === undefined || 'closed' in sniffed) return scanText(desk, source, step)
  if (step.depth >= limits.depth) {
    note(desk.ledger, joinTrail(step.trail), `lies deeper than ${limits.depth} archives and was not unfolded`)
    return scanText(desk, source, step)
  }
  await open[sniffed.container](desk, source, step)
}

const open: Readonly<Record<Container, (desk: Desk, source: ByteSource, step: Step) => Promise<void>>> = {
  gzip: (desk, source, step) => scanStream(desk, metered(unfold(source.rest(), createGunzip()), step.budget), deeper(step)),
  zstd: (desk, source, step) => scanStream(desk, metered(unfold(source.rest(), createZstdDecompress()), step.budget), deeper(step)),
  tar: (desk, source, step) => scanTar(desk, source, step),
  zip: async (desk, source, step) => {
    const kept = await spool(source.rest())
    try {
      await scanZip(desk, kept, step)
    } finally {
      kept.close()
    }
  },
}

const deeper = (step: Step): Step => ({ ...step, depth: step.depth + 1 })
const within = (step: Step, name: string): Step => ({ ...step, trail: [...step.trail, name], depth: step.depth + 1 })

async function* metered(pieces: AsyncIterable<Buffer>, budget: Budget): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    spend(budget, piece.length)
    yield piece
  }
}

async function scanTar(desk: Desk, source: ByteSource, step: Step): Promise<void> {
  await readTar(source, async (member, content) => {
    spendMember(step.budget)
    noteWhiteout(desk.ledger, step.trail, member.name)
    if (member.isFile && member.size > 0) await scanStream(desk, content(), within(step, member.name))
  })
}

/** What begins as a ZIP and is none is looked at as it stands. */
async function scanZip(desk: Desk, file: RandomAccess, step: Step): Promise<void> {
  const directory = findDirectory(file)
  if (directory === undefined) {
    note(desk.ledger, joinTrail(step.trail), 'is a ZIP without its directory; it was read as it stands')
    return scanText(desk, new ByteSource(piecesOf(file)), step)
  }
  await readZip(file, directory, async ({ name, content, closed }) => {
    spendMember(step.budget)
    if (content === undefined) note(desk.ledger, joinTrail([...step.trail, name]), closed ?? 'cannot be read')
    else await scanStream(desk, metered(content(), step.budget), within(step, name))
  })
}

async function scanText(desk: Desk, source: ByteSource, { trail, blob }: Step): Promise<void> {
  desk.ledger.counts.files++
  const kept = isImageDocument(trail) && desk.ledger.documents.size < limits.documents ? ([] as Buffer[]) : undefined
  let size = 0
  desk.text.begin({ trail, ...(blob === undefined ? {} : { blob }) })
  for await (const piece of source.rest()) {
    size += piece.length
    if (size <= limits.documentBytes) kept?.push(Buffer.from(piece))
    desk.text.feed(piece)
  }
  desk.text.end()
  if (kept !== undefined && size <= limits.documentBytes && /^\s*[{[]/.test(kept[0]?.toString('latin1', 0, 64) ?? ''))
    desk.ledger.documents.set(joinTrail(trail), Buffer.concat(kept))
}
