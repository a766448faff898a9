/** Reads a ZIP (APK, IPA, JAR, wheel …) by its directory, ZIP64 included. */
import { createInflateRaw } from 'node:zlib'
import { limits, Unreadable } from '../limits.ts'
import type { RandomAccess } from './spool.ts'
import { unfold } from './unfold.ts'

const PIECE = 256 * 1024
const END = 0x06054b50
const END64 = 0x06064b50
const END64_LOCATOR = 0x07064b50
const ENTRY = 0x02014b50
const LOCAL = 0x04034b50
const ENTRY_BYTES = 46
const [STORED, DEFLATED] = [0, 8]
const IS_ENCRYPTED = 1
const FULL = 0xffffffff

export interface ZipMember {
  readonly name: string
  /** Absent: it cannot be read, and `closed` says why. */
  readonly content?: () => AsyncGenerator<Buffer>
  readonly closed?: string
}

export interface Directory {
  readonly at: number
  readonly size: number
  /** What stands before the archive, as in a program that unpacks itself. */
  readonly shift: number
}

/** @throws Unreadable */
export async function readZip(file: RandomAccess, directory: Directory, visit: (member: ZipMember) => Promise<void>): Promise<void> {
  const end = directory.at + directory.size
  let [at, base, piece] = [directory.at, directory.at, Buffer.alloc(0)]
  while (at + ENTRY_BYTES <= end) {
    if (at - base + ENTRY_BYTES + 3 * 0xffff > piece.length && base + piece.length < end) {
      base = at
      piece = Buffer.from(file.read(base, Math.min(PIECE + 3 * 0xffff, end - base)))
    }
    const entry = piece.subarray(at - base)
    if (entry.length < ENTRY_BYTES || entry.readUInt32LE(0) !== ENTRY) throw new Unreadable('has a directory that is broken')
    const [nameLength, extraLength, commentLength] = [entry.readUInt16LE(28), entry.readUInt16LE(30), entry.readUInt16LE(32)]
    const name = entry.toString('utf8', ENTRY_BYTES, ENTRY_BYTES + Math.min(nameLength, limits.nameBytes))
    const extra = entry.subarray(ENTRY_BYTES + nameLength, ENTRY_BYTES + nameLength + extraLength)
    if (!name.endsWith('/')) await visit(memberOf(file, directory.shift, name, entry, extra))
    at += ENTRY_BYTES + nameLength + extraLength + commentLength
  }
}

export function findDirectory(file: RandomAccess): Directory | undefined {
  const tailLength = Math.min(file.size, 22 + 0xffff)
  const tail = file.read(file.size - tailLength, tailLength)
  for (let at = tail.length - 22; at >= 0; at--) {
    if (tail[at] !== 0x50 || tail.readUInt32LE(at) !== END) continue
    const place = file.size - tailLength + at
    const directory = findDirectory64(file, place) ?? { size: tail.readUInt32LE(at + 12), at: tail.readUInt32LE(at + 16), end: place }
    const shift = directory.end - directory.size - directory.at
    if (shift < 0 || directory.size > file.size) continue
    return { at: directory.at + shift, size: directory.size, shift }
  }
  return undefined
}

function findDirectory64(file: RandomAccess, end: number): { readonly at: number; readonly size: number; readonly end: number } | undefined {
  if (end < 20) return undefined
  const locator = file.read(end - 20, 20)
  if (locator.readUInt32LE(0) !== END64_LOCATOR) return undefined
  const told = Number(locator.readBigUInt64LE(8))
  for (const place of [told, end - 20 - 56]) {
    if (place < 0 || place + 56 > file.size) continue
    const record = file.read(place, 56)
    if (record.readUInt32LE(0) === END64) return { size: Number(record.readBigUInt64LE(40)), at: Number(record.readBigUInt64LE(48)), end: place }
  }
  return undefined
}

function memberOf(file: RandomAccess, shift: number, name: string, entry: Buffer, extra: Buffer): ZipMember {
  const method = entry.readUInt16LE(10)
  if ((entry.readUInt16LE(8) & IS_ENCRYPTED) !== 0) return { name, closed: 'is encrypted' }
  if (method !== STORED && method !== DEFLATED) return { name, closed: `is packed by method ${method}, which is not read here` }
  const wide = wideNumbers(entry, extra)
  const raw = () => rawContent(file, shift + wide.at, wide.size)
  return { name, content: () => (method === STORED ? raw() : unfold(raw(), createInflateRaw())) }
}

/** Where the member is, and how long it is packed. */
function wideNumbers(entry: Buffer, extra: Buffer): { readonly at: number; readonly size: number } {
  let [at, size] = [entry.readUInt32LE(42), entry.readUInt32LE(20)]
  for (let place = 0; place + 4 <= extra.length; place += 4 + extra.readUInt16LE(place + 2)) {
    if (extra.readUInt16LE(place) !== 1) continue
    let field = place + 4
    const next = (): number => {
      if (field + 8 > extra.length) throw new Unreadable('has a directory that is broken')
      field += 8
      return Number(extra.readBigUInt64LE(field - 8))
    }
    if (entry.readUInt32LE(24) === FULL) next()
    if (size === FULL) size = next()
    if (at === FULL) at = next()
    break
  }
  return { at, size }
}

async function* rawContent(file: RandomAccess, at: number, size: number): AsyncGenerator<Buffer> {
  const local = file.read(at, 30)
  if (local.length < 30 || local.readUInt32LE(0) !== LOCAL) throw new Unreadable('has a member that is not where its directory says')
  let place = at + 30 + local.readUInt16LE(26) + local.readUInt16LE(28)
  for (let left = size; left > 0; ) {
    const piece = file.read(place, Math.min(PIECE, left))
    if (piece.length === 0) throw new Unreadable('ends within a member')
    place += piece.length
    left -= piece.length
    yield piece
  }
}
