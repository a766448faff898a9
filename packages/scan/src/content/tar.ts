/** Reads a tar (POSIX ustar and pax, GNU long names) as it comes, once. Nothing is ever written where it says. */
import { limits, Unreadable } from '../limits.ts'
import type { ByteSource } from './byte-source.ts'
import { tarChecksum } from './sniff.ts'

const BLOCK = 512

export interface TarMember {
  readonly name: string
  readonly size: number
  /** A file; anything else has no content to look at. */
  readonly isFile: boolean
}

/** Calls `visit` for each member; what it does not take of the content is skipped. @throws Unreadable */
export async function readTar(source: ByteSource, visit: (member: TarMember, content: () => AsyncGenerator<Buffer>) => Promise<void>): Promise<void> {
  let told: { name?: string; size?: number } = {}
  let blanks = 0
  for (;;) {
    const header = Buffer.from(await source.take(BLOCK))
    if (header.length === 0) return
    if (header.length < BLOCK) throw new Unreadable('ends within a header')
    if (header.every((byte) => byte === 0)) {
      if (++blanks === 2) return
      continue
    }
    if (readNumber(header, 148, 8) !== tarChecksum(header)) throw new Unreadable('has a header whose checksum is wrong')
    const type = String.fromCharCode(header[156] as number)
    const size = told.size ?? readNumber(header, 124, 12)
    if (type === 'x' || type === 'L') {
      told = { ...told, ...(await readLongHeader(source, type, readNumber(header, 124, 12))) }
      continue
    }
    const member = { name: (told.name ?? nameOf(header)).slice(0, limits.nameBytes), size, isFile: type === '0' || type === '\0' || type === '7' }
    told = {}
    let left = size
    const content = async function* (): AsyncGenerator<Buffer> {
      for await (const part of source.upTo(left)) {
        left -= part.length
        yield part
      }
    }
    await visit(member, content)
    const missing = left + padding(size)
    if ((await source.skip(missing)) < left) throw new Unreadable('ends within a member')
  }
}

const padding = (size: number): number => (BLOCK - (size % BLOCK)) % BLOCK

async function readLongHeader(source: ByteSource, type: string, size: number): Promise<{ name?: string; size?: number }> {
  if (size > limits.headerBytes) throw new Unreadable('has a header that is too long')
  const text = (await source.take(size)).toString('utf8')
  await source.skip(padding(size))
  if (type === 'L') return { name: text.replace(/\0.*$/s, '') }
  return readPax(text)
}

/** Records `LENGTH KEY=VALUE\n` (POSIX pax). */
function readPax(text: string): { name?: string; size?: number } {
  const bytes = Buffer.from(text)
  const found: { name?: string; size?: number } = {}
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(32, at)
    const length = Number(bytes.toString('latin1', at, space))
    if (space === -1 || !Number.isInteger(length) || length < 4) break
    const [, key, value] = /^([^=]*)=([\s\S]*)\n$/.exec(bytes.subarray(space + 1, at + length).toString('utf8')) ?? []
    if (key === 'path' && value !== undefined) found.name = value
    if (key === 'size' && value !== undefined && /^[0-9]{1,15}$/.test(value)) found.size = Number(value)
    at += length
  }
  return found
}

function nameOf(header: Buffer): string {
  const prefix = header.toString('latin1', 257, 263) === 'ustar\0' ? textAt(header, 345, 155) : ''
  return prefix === '' ? textAt(header, 0, 100) : `${prefix}/${textAt(header, 0, 100)}`
}

function textAt(header: Buffer, at: number, length: number): string {
  const field = header.subarray(at, at + length)
  const end = field.indexOf(0)
  return field.toString('utf8', 0, end === -1 ? length : end)
}

/** Octal, or base 256 where the highest bit is set (GNU). */
function readNumber(header: Buffer, at: number, length: number): number {
  if (((header[at] as number) & 0x80) !== 0) {
    let value = (header[at] as number) & 0x7f
    for (let index = at + 1; index < at + length; index++) value = value * 256 + (header[index] as number)
    if (!Number.isSafeInteger(value)) throw new Unreadable('has a member of impossible size')
    return value
  }
  const text = textAt(header, at, length).trim()
  if (text === '') return 0
  if (!/^[0-7]+$/.test(text)) throw new Unreadable('has a number that is none')
  return Number.parseInt(text, 8)
}
