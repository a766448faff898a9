/** A folder or a file: of a git working tree what git would track, elsewhere everything. Links are not followed, so that nothing is seen twice and nothing outside. */
import { closeSync, constants, fstatSync, lstatSync, opendirSync, openSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { isImageDocument } from './content/image.ts'
import { type Desk, scanArchiveFile } from './content/scan-content.ts'
import { SNIFF_BYTES, sniff } from './content/sniff.ts'
import { gitNames, runGit } from './git/git.ts'
import { note } from './ledger.ts'
import { budgetFor, limits } from './limits.ts'

const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

export interface TreeOptions {
  readonly respectsGitignore: boolean
  readonly onFile: (path: string) => void
}

/** @throws the system's error if the path is not there. */
export async function scanTree(desk: Desk, path: string, options: TreeOptions): Promise<void> {
  if (!statSync(path).isDirectory()) return scanFile(desk, path, options, true)
  if (options.respectsGitignore && (await isWorkingTree(path))) return scanWorkingTree(desk, path, options)
  await walk(desk, path, options)
}

/** A folder that is ignored as a whole and yet asked for is not meant to be ignored. */
async function isWorkingTree(path: string): Promise<boolean> {
  const inside = await runGit(path, ['rev-parse', '--is-inside-work-tree'])
  if (inside.code !== 0 || inside.out.trim() !== 'true') return false
  return (await runGit(path, ['check-ignore', '-q', '.'])).code !== 0
}

async function scanWorkingTree(desk: Desk, path: string, options: TreeOptions): Promise<void> {
  for await (const name of gitNames(path, ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'])) {
    const file = join(path, name)
    const stat = lstatSync(file, { throwIfNoEntry: false })
    if (stat?.isDirectory())
      await scanTree(desk, file, options) // a submodule, or a repository within this one
    else if (stat?.isFile()) await scanFile(desk, file, options, false)
  }
}

async function walk(desk: Desk, top: string, options: TreeOptions): Promise<void> {
  const folders = [top]
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    try {
      using directory = opendirSync(folder, { bufferSize: 256 })
      for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) {
        const path = join(folder, entry.name)
        if (entry.isDirectory() && entry.name !== '.git') folders.push(path)
        else if (entry.isFile()) await scanFile(desk, path, options, false)
      }
    } catch (error) {
      noteFault(desk, folder, error)
    }
  }
}

async function scanFile(desk: Desk, path: string, options: TreeOptions, isNamed: boolean): Promise<void> {
  options.onFile(path)
  let descriptor: number | undefined
  try {
    descriptor = openSync(path, isNamed ? constants.O_RDONLY : FLAGS)
    const { size } = fstatSync(descriptor)
    desk.text.begin({ trail: [path] })
    const room = desk.text.room()
    const count = readSync(descriptor, room, 0, room.length, null)
    const sniffed = desk.opensArchives ? sniff(room.subarray(0, Math.min(count, SNIFF_BYTES))) : undefined
    if (sniffed !== undefined && 'container' in sniffed)
      return await scanArchiveFile(desk, descriptor, sniffed.container, { trail: [path], depth: 0, budget: budgetFor(size) })
    if (sniffed !== undefined) note(desk.ledger, path, `is packed by ${sniffed.closed}, which is not read here`)
    desk.ledger.counts.files++
    readOn(desk, descriptor, count, size)
    keepDocument(desk, path, room, count, size)
  } catch (error) {
    noteFault(desk, path, error)
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}

function readOn(desk: Desk, descriptor: number, first: number, size: number): void {
  let read = first
  for (let count = first; count > 0; read += count) {
    desk.text.filled(count)
    if (read >= size && size > 0) break
    const room = desk.text.room()
    count = readSync(descriptor, room, 0, room.length, null)
  }
  desk.text.end()
}

/** In a folder that is an image's OCI layout, documents tell the order of its layers. */
function keepDocument(desk: Desk, path: string, room: Buffer, count: number, size: number): void {
  if (count !== size || size > limits.documentBytes || !isImageDocument([path]) || desk.ledger.documents.size >= limits.documents) return
  if (room[0] === 0x7b || room[0] === 0x5b) desk.ledger.documents.set(path, Buffer.from(room.subarray(0, count)))
}

function noteFault(desk: Desk, path: string, error: unknown): void {
  const { code } = error as NodeJS.ErrnoException
  if (code === undefined || code === 'ENOENT') {
    if (code === undefined) throw error
    return // gone since it was listed
  }
  note(desk.ledger, path, `cannot be read (${code})`)
}
