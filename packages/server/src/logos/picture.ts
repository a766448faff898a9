/**
 * What a picture is, by its first bytes alone: what its server calls it counts for nothing. SVG is none of these: it is a document, and could hold script and addresses.
 * Nothing is decoded here; browsers do that, in a process made for it.
 */

export type PictureType = 'image/png' | 'image/jpeg' | 'image/webp' | 'image/gif'

export interface Picture {
  readonly mediaType: PictureType
  /** In pixels, as the head of the file says. */
  readonly width: number
  readonly height: number
}

type Size = Pick<Picture, 'width' | 'height'>

interface Format {
  readonly mediaType: PictureType
  readonly isOne: (bytes: Buffer) => boolean
  /** `undefined` where the head is not whole. */
  readonly sizeOf: (bytes: Buffer) => Size | undefined
}

const PNG_BEGINS = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex') // the signature, and IHDR, which comes first (PNG §5.6)
const JPEG_BEGINS = Buffer.from('ffd8ff', 'hex')

const formats: readonly Format[] = [
  { mediaType: 'image/png', isOne: (bytes) => beginsWith(bytes, PNG_BEGINS), sizeOf: sizeOfPng },
  { mediaType: 'image/jpeg', isOne: (bytes) => beginsWith(bytes, JPEG_BEGINS), sizeOf: sizeOfJpeg },
  { mediaType: 'image/webp', isOne: (bytes) => textAt(bytes, 0) === 'RIFF' && textAt(bytes, 8) === 'WEBP', sizeOf: sizeOfWebp },
  { mediaType: 'image/gif', isOne: (bytes) => /^GIF8[79]a$/.test(bytes.toString('latin1', 0, 6)), sizeOf: sizeOfGif },
]

/** `undefined` for whatever is none of the four, or has no whole head. */
export function readPicture(bytes: Buffer): Picture | undefined {
  const format = formats.find(({ isOne }) => isOne(bytes))
  try {
    const size = format?.sizeOf(bytes)
    if (format === undefined || size === undefined || size.width < 1 || size.height < 1) return undefined
    return { mediaType: format.mediaType, ...size }
  } catch (error) {
    if (error instanceof RangeError) return undefined // it ends before its size is told
    throw error
  }
}

function sizeOfPng(bytes: Buffer): Size {
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) }
}

/** SOF0 to SOF15, without DHT, JPG and DAC, which stand among them (ITU T.81, table B.1). */
const isFrame = (marker: number): boolean => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)
/** Without a length: TEM, RST0 to RST7, SOI, EOI; and SOS, behind which there is no frame that counts. */
const endsHead = (marker: number): boolean => marker === 0x01 || (marker >= 0xd0 && marker <= 0xda)

/** From segment to segment until one tells the size. A segment has two bytes at least, so the walk ends. */
function sizeOfJpeg(bytes: Buffer): Size | undefined {
  let at = 2
  while (bytes.readUInt8(at) === 0xff) {
    const marker = bytes.readUInt8(at + 1)
    if (isFrame(marker)) return { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) }
    if (endsHead(marker)) return undefined
    at += marker === 0xff ? 1 : 2 + bytes.readUInt16BE(at + 2) // 0xff before a marker fills
  }
  return undefined
}

/** WebP container, §2: one picture lossy (RFC 6386 §9.1) or lossless, or a canvas for more. */
function sizeOfWebp(bytes: Buffer): Size | undefined {
  switch (textAt(bytes, 12)) {
    case 'VP8 ':
      return bytes.readUIntBE(23, 3) === 0x9d012a ? { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff } : undefined
    case 'VP8L': {
      const bits = bytes.readUInt32LE(21)
      return bytes.readUInt8(20) === 0x2f ? { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 } : undefined
    }
    case 'VP8X':
      return { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 }
    default:
      return undefined
  }
}

/** The screen, or the first image where it is larger: browsers enlarge the screen for that one. */
function sizeOfGif(bytes: Buffer): Size | undefined {
  const packed = bytes.readUInt8(10)
  let at = 13 + (packed & 0x80 ? 3 * 2 ** ((packed & 7) + 1) : 0)
  while (bytes.readUInt8(at) === 0x21) at = afterBlocks(bytes, at + 2)
  if (bytes.readUInt8(at) !== 0x2c) return undefined
  const [left, top, width, height] = [1, 3, 5, 7].map((offset) => bytes.readUInt16LE(at + offset)) as [number, number, number, number]
  return { width: Math.max(bytes.readUInt16LE(6), left + width), height: Math.max(bytes.readUInt16LE(8), top + height) }
}

function afterBlocks(bytes: Buffer, from: number): number {
  let at = from
  for (let length = bytes.readUInt8(at); length > 0; length = bytes.readUInt8(at)) at += 1 + length
  return at + 1
}

function beginsWith(bytes: Buffer, beginning: Buffer): boolean {
  return bytes.subarray(0, beginning.length).equals(beginning)
}

function textAt(bytes: Buffer, at: number): string {
  return bytes.toString('latin1', at, at + 4)
}
