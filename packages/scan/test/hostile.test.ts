import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, closeSync, openSync, readdirSync, statSync, symlinkSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { deflateRawSync, gzipSync } from 'node:zlib'
import { mintKey } from '@latchwork/kernel'
import { findingText, limits, type Report, scan } from '../src/index.ts'
import { sealHeader, tarMember, tarOf, zipOf } from './containers.ts'
import { folder, scanPath, write } from './folder.ts'

const MEGABYTE = 1024 ** 2
const newKey = () => mintKey('sk', 'live', 'lw').reveal()
const notesOf = ({ notes }: Report) => notes.map(({ text }) => text).join('\n')

/** A ZIP of one member that says and holds so many zeros. */
function bomb(bytes: number): Buffer {
  return zipOf([{ name: 'zeros', content: Buffer.alloc(bytes) }])
}

describe('hostile input', () => {
  it('A4: a bomb is left when it has unfolded its share, and what stands beside it is still found', async (t) => {
    const root = folder(t)
    const layer = deflateRawSync(Buffer.alloc(64 * MEGABYTE))
    assert.ok(layer.length < MEGABYTE / 8)
    // One packed member that many directory entries point at, so that a few megabytes say that they hold terabytes.
    const [single, entries] = [bomb(64 * MEGABYTE), 4000]
    const at = single.readUInt32LE(single.length - 6)
    const directory = single.subarray(at, single.length - 22)
    const end = Buffer.from(single.subarray(single.length - 22))
    end.writeUInt32LE(directory.length * entries, 12)
    write(root, 'overlap.zip', Buffer.concat([single.subarray(0, at), ...Array.from({ length: entries }, () => directory), end]))
    write(root, 'beside.txt', newKey())
    const report = await scanPath(root)
    assert.deepEqual(
      report.findings.map(({ place }) => place.trail[0]),
      [join(root, 'beside.txt')],
    )
    assert.match(notesOf(report), /unfolds to more than its size allows/)
    assert.equal(report.notes.length, 1)
    assert.ok(report.counts.bytes < 2 * limits.unfoldedBytes)
  })

  it('A4: archives within archives are opened to a depth, and what lies deeper is noted', async (t) => {
    let content = tarOf([{ name: '.env', content: newKey() }])
    for (let depth = 0; depth < 30; depth++) content = gzipSync(content)
    const report = await scanPath(write(folder(t), 'deep.gz', content))
    assert.match(notesOf(report), /lies deeper than 8 archives/)
  })

  it('A4: broken archives are noted, and what came before the break is found', async (t) => {
    const root = folder(t)
    const good = tarMember({ name: 'a.env', content: newKey() })
    const impossible = Buffer.from(tarMember({ name: 'b', content: '' }))
    impossible.fill(0xff, 124, 136)
    sealHeader(impossible)
    const unsealed = Buffer.from(tarMember({ name: 'b', content: '' }))
    unsealed[0] = 1
    const broken: Readonly<Record<string, readonly [Buffer, RegExp]>> = {
      'cut-member.tar': [Buffer.concat([good, tarMember({ name: 'b', content: 'x'.repeat(5000) }).subarray(0, 1500)]), /ends within a member/],
      'cut-header.tar': [Buffer.concat([good, good.subarray(0, 100)]), /ends within a header/],
      'size.tar': [Buffer.concat([good, impossible]), /impossible size/],
      'checksum.tar': [Buffer.concat([good, unsealed]), /checksum is wrong/],
      'cut.tar.gz': [gzipSync(Buffer.concat([good, tarMember({ name: 'b', content: Buffer.alloc(MEGABYTE, 'random ish') })])).subarray(0, -20), /is broken/],
      'pax.tar': [Buffer.concat([good, tarMember({ name: 'p', type: 'x', content: Buffer.alloc(2 * MEGABYTE, 'x') })]), /too long/],
    }
    for (const [name, [bytes, said]] of Object.entries(broken)) {
      const report = await scanPath(write(root, name, bytes))
      assert.equal(report.findings.length, 1, name)
      assert.match(notesOf(report), said, name)
    }
    const fake = Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.from(` ${newKey()} `)])
    const report = await scanPath(write(root, 'fake.zip', fake))
    assert.equal(report.findings.length, 1, 'what only begins as a ZIP is read as it stands')
    assert.match(notesOf(report), /without its directory/)
  })

  it('A4: every cut and many a broken byte of an archive end in notes, never in a fault', async (t) => {
    const root = folder(t)
    for (const bytes of [
      zipOf([{ name: 'a', content: 'abc'.repeat(40) }]),
      gzipSync(tarOf([{ name: 'a', content: 'abc' }])),
      tarOf([{ name: 'a', content: 'abc' }]).subarray(0, 1100),
    ]) {
      for (let at = 0; at < bytes.length; at += 3) {
        await scanPath(write(root, 'cut', bytes.subarray(0, at)))
        const wrong = Buffer.from(bytes)
        wrong[at] = (wrong[at] as number) ^ 0xff
        await scanPath(write(root, 'wrong', wrong))
      }
    }
  })

  it('A4: links are not followed, pipes not waited for, what cannot be read is noted', async (t) => {
    const root = folder(t)
    const outside = write(folder(t), 'outside.txt', newKey())
    symlinkSync('..', join(root, 'up'))
    symlinkSync('loop', join(root, 'loop'))
    symlinkSync(outside, join(root, 'link'))
    write(root, 'a/real.txt', newKey())
    assert.equal(spawnSync('mkfifo', [join(root, 'pipe')]).status, 0)
    chmodSync(write(root, 'closed.txt', newKey()), 0)
    const report = await scanPath(root)
    const isRoot = process.getuid?.() === 0
    assert.equal(report.findings.length, isRoot ? 2 : 1)
    if (!isRoot) assert.match(notesOf(report), /cannot be read \(EACCES\)/)
    await assert.rejects(scanPath(join(root, 'missing')), { code: 'ENOENT' })
  })

  it('A4: names in archives write nothing anywhere, and steer no terminal', async (t) => {
    const root = folder(t)
    const before = readdirSync(tmpdir())
    const names = ['../../../../tmp/latchwork-escaped', '/tmp/latchwork-escaped', '\x1b[2J\x1b]0;owned\x07', `${'a/'.repeat(40_000)}b`]
    const { findings } = await scanPath(write(root, 'a.tar', tarOf(names.map((name) => ({ name, content: newKey() })))))
    assert.equal(findings.length, names.length)
    assert.ok(findings.every((finding) => !/\p{Cc}/u.test(findingText(finding, (_, text) => text).replace('\n', ''))))
    assert.ok(findings.every(({ place }) => (place.trail[1]?.length ?? 0) <= limits.nameBytes))
    assert.deepEqual(
      readdirSync(tmpdir()).filter((name) => !before.includes(name) && /escaped|latchwork-scan-[^t]/.test(name)),
      [],
    )
  })

  it('A4: finds without end are cut off and said to be', async (t) => {
    const root = folder(t)
    const report = await scanPath(write(root, 'many.txt', `${newKey()}\n`.repeat(5000)))
    assert.equal(report.findings.length, limits.findingsPerFile)
    assert.match(notesOf(report), /more than 1000 finds/)
  })

  it('A4: a line of many megabytes of what nearly matches takes no longer than any other', async (t) => {
    const root = folder(t)
    const near = [
      'sk_live_',
      `sk-proj-${'a'.repeat(90)}T3BlbkFJ`,
      'token = "',
      `${'1'.repeat(10)}:AA`,
      `-----BEGIN RSA PRIVATE ${'KEY----- '}\\n`,
      `${'f'.repeat(32)}-us1`,
      'postgres://a:',
    ]
    const size = 2 * MEGABYTE
    for (const text of near) {
      const path = write(root, 'near.txt', text.repeat(Math.ceil(size / text.length)))
      const began = performance.now()
      await scanPath(path, { findsEntropy: true })
      assert.ok(performance.now() - began < 20_000, `${text}: ${performance.now() - began} ms`)
    }
  })
})

/** Scans in a process of its own. @returns the most memory it ever held. */
async function scanApart(path: string): Promise<{ readonly peakMegabytes: number; readonly findings: number; readonly seconds: number }> {
  const index = resolve(import.meta.dirname, '../src/index.ts')
  const code = `
    import { scan } from ${JSON.stringify(index)}
    const began = performance.now()
    const { findings } = await scan([{ kind: 'path', path: ${JSON.stringify(path)} }])
    console.log(JSON.stringify({ peakMegabytes: process.resourceUsage().maxRSS / 1024, findings: findings.length, seconds: (performance.now() - began) / 1000 }))`
  const child = spawn(process.execPath, ['--input-type=module-typescript', '--disable-warning=ExperimentalWarning', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    out += part
  })
  assert.deepEqual(await once(child, 'close'), [0, null])
  return JSON.parse(out) as { peakMegabytes: number; findings: number; seconds: number }
}

/** So many megabytes of text, a key at the end. */
function bigText(t: TestContext, megabytes: number): string {
  const path = join(folder(t), 'big.txt')
  const file = openSync(path, 'w')
  const block = Buffer.from('export const answer = { status: 200, body: JSON.stringify(value) } // and so on, line for line\n'.repeat(11_038))
  for (let at = 0; at < megabytes; at++) writeSync(file, block.subarray(0, MEGABYTE))
  writeSync(file, `\n${newKey()}\n`)
  closeSync(file)
  return path
}

describe('memory', () => {
  it('A4: at most 300 MB, whatever the size: a file of 320 MB, alone and in a packed tar', async (t) => {
    const path = bigText(t, 320)
    const root = folder(t)
    const run = (command: string, ...words: string[]) => assert.equal(spawnSync(command, words, { cwd: root }).status, 0, command)
    run('tar', '-I', 'gzip -1', '-cf', 'big.tar.gz', '-C', join(path, '..'), 'big.txt')
    for (const one of [path, join(root, 'big.tar.gz')]) {
      const { peakMegabytes, findings, seconds } = await scanApart(one)
      assert.equal(findings, 1)
      assert.ok(peakMegabytes <= 300, `${one}: ${peakMegabytes} MB`)
      t.diagnostic(`${statSync(one).size / MEGABYTE} MB: ${seconds.toFixed(1)} s, ${peakMegabytes.toFixed(0)} MB at most`)
    }
  })

  it('A4: a ZIP too large for memory within a tar goes through a file without a name, and is gone', async (t) => {
    const noise = randomBytes(24 * MEGABYTE)
    const inner = zipOf(
      [
        { name: 'noise', content: noise },
        { name: '.env', content: newKey() },
      ],
      true,
    )
    const path = write(folder(t), 'outer.tar', tarOf([{ name: 'inner.zip', content: inner }]))
    const left = () => readdirSync(tmpdir()).filter((name) => /^latchwork-scan-(?!test)/.test(name))
    const before = left()
    assert.equal((await scanPath(path)).findings.length, 1)
    assert.deepEqual(left(), before)
  })

  it('A4: standard input without end is not kept', async () => {
    const key = newKey()
    const pieces = (async function* () {
      for (let at = 0; at < 200; at++) yield Buffer.alloc(MEGABYTE, 'nothing here\n')
      yield Buffer.from(`\n${key}\n`)
    })()
    const { findings } = await scan([{ kind: 'stream', name: '-', pieces }])
    assert.equal(findings.length, 1)
    assert.ok(process.memoryUsage().rss < 600 * MEGABYTE)
  })
})
