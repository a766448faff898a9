/** Archives and images, made by hand: small, and as wrong as a test wants them. */
import { createHash } from 'node:crypto'
import { crc32, deflateRawSync, gzipSync, zstdCompressSync } from 'node:zlib'

export interface Member {
  readonly name: string
  readonly content: Buffer | string
  readonly type?: string
}

export function tarOf(members: readonly Member[]): Buffer {
  return Buffer.concat([...members.map(tarMember), Buffer.alloc(1024)])
}

export function tarMember({ name, content, type = '0' }: Member): Buffer {
  const bytes = Buffer.from(content as string)
  if (Buffer.byteLength(name) > 100)
    return Buffer.concat([tarMember({ name: '././@LongLink', content: `${name}\0`, type: 'L' }), tarMember({ name: name.slice(0, 99), content, type })])
  const header = Buffer.alloc(512)
  header.write(name, 0)
  header.write('0000644\0', 100)
  header.write(`${bytes.length.toString(8).padStart(11, '0')}\0`, 124)
  header.write(type, 156)
  header.write('ustar\x0000', 257)
  return Buffer.concat([sealHeader(header), bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)])
}

export function sealHeader(header: Buffer): Buffer {
  header.write('        ', 148)
  const sum = header.reduce((all, byte) => all + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return header
}

export function zipOf(members: readonly Member[], stored = false): Buffer {
  const [parts, directory]: [Buffer[], Buffer[]] = [[], []]
  let at = 0
  for (const { name, content } of members) {
    const bytes = Buffer.from(content as string)
    const packed = stored ? bytes : deflateRawSync(bytes)
    const title = Buffer.from(name)
    const local = Buffer.alloc(30)
    local.writeUInt32LE(0x04034b50, 0)
    const entry = Buffer.alloc(46)
    entry.writeUInt32LE(0x02014b50, 0)
    for (const [header, shift] of [
      [local, 8],
      [entry, 10],
    ] as const) {
      header.writeUInt16LE(stored ? 0 : 8, shift)
      header.writeUInt32LE(crc32(bytes), shift + 6)
      header.writeUInt32LE(packed.length, shift + 10)
      header.writeUInt32LE(bytes.length, shift + 14)
      header.writeUInt16LE(title.length, shift + 18)
    }
    entry.writeUInt32LE(at, 42)
    parts.push(local, title, packed)
    directory.push(entry, title)
    at += 30 + title.length + packed.length
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(members.length, 8)
  end.writeUInt16LE(members.length, 10)
  end.writeUInt32LE(size, 12)
  end.writeUInt32LE(at, 16)
  return Buffer.concat([...parts, ...directory, end])
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

/** As `docker save` writes it. */
export function dockerArchive(layers: readonly (readonly Member[])[]): Buffer {
  const tars = layers.map(tarOf)
  const manifest = [{ Config: 'config.json', RepoTags: ['app:1'], Layers: tars.map((tar) => `${sha256(tar)}/layer.tar`) }]
  return tarOf([
    ...tars.map((content) => ({ name: `${sha256(content)}/layer.tar`, content })),
    { name: 'config.json', content: '{}' },
    { name: 'manifest.json', content: JSON.stringify(manifest) },
  ])
}

/** An OCI layout, its layers packed by gzip and Zstandard in turn. */
export function ociLayout(layers: readonly (readonly Member[])[]): readonly Member[] {
  const packed = layers.map((layer, index) => (index % 2 === 0 ? gzipSync(tarOf(layer)) : zstdCompressSync(tarOf(layer))))
  const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, layers: packed.map((bytes) => ({ digest: `sha256:${sha256(bytes)}` })) }))
  const index = JSON.stringify({ schemaVersion: 2, manifests: [{ digest: `sha256:${sha256(manifest)}` }] })
  const blobs = [...packed, manifest].map((content) => ({ name: `blobs/sha256/${sha256(content)}`, content }))
  return [{ name: 'oci-layout', content: '{"imageLayoutVersion":"1.0.0"}' }, { name: 'index.json', content: index }, ...blobs]
}
