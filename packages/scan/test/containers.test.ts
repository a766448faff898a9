import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { mintKey } from '@latchwork/kernel'
import { type Report, scan } from '../src/index.ts'
import { dockerArchive, type Member, ociLayout, tarOf, zipOf } from './containers.ts'
import { folder, scanPath, write } from './folder.ts'
import { envFile } from './samples.ts'

const env = envFile()
const files: readonly Member[] = [
  { name: 'app/.env', content: env.text },
  { name: 'app/main.js', content: 'console.log(1)' },
]
const nest = (content: Buffer, times: number): Buffer =>
  times === 0 ? content : nest(times % 2 === 0 ? zipOf([{ name: 'in.tar', content }]) : tarOf([{ name: 'in.zip', content }]), times - 1)

const containers: Readonly<Record<string, Buffer>> = {
  'a.zip': zipOf(files),
  'stored.zip': zipOf(files, true),
  'app.apk': zipOf([
    { name: 'AndroidManifest.xml', content: Buffer.from([3, 0, 8, 0]) },
    { name: 'assets/config.json', content: env.text },
    { name: 'classes.dex', content: 'dex\n035\0' },
  ]),
  'App.ipa': zipOf([{ name: 'Payload/App.app/Info.plist', content: env.text }]),
  'lib.jar': zipOf([{ name: 'BOOT-INF/classes/application.properties', content: env.text }]),
  'a.tar': tarOf(files),
  'a.tar.gz': gzipSync(tarOf(files)),
  'a.tar.zst': zstdCompressSync(tarOf(files)),
  'log.gz': gzipSync(env.text),
  'self-extracting': Buffer.concat([Buffer.from('PK\x03\x04 a stub'), zipOf(files)]),
  'long-name.tar': tarOf([{ name: `${'deep/'.repeat(60)}.env`, content: env.text }]),
  'nested.zip': nest(tarOf(files), 5),
}

const inContainers = ({ findings }: Report) => findings.length

describe('containers', () => {
  for (const [name, bytes] of Object.entries(containers)) {
    it(`A4: every key planted in ${name} is found, in a folder and on standard input`, async (t) => {
      const root = folder(t)
      write(root, name, bytes)
      const report = await scanPath(root)
      assert.equal(inContainers(report), env.count, JSON.stringify(report.notes))
      assert.deepEqual(report.notes, [])
      assert.ok(report.findings.every(({ place }) => place.trail[0] === join(root, name)))
      const pieces = (async function* () {
        for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000)
      })()
      assert.equal(inContainers(await scan([{ kind: 'stream', name: '-', pieces }])), env.count)
    })
  }

  it('A4: a front-end bundle and its source map', async (t) => {
    const root = folder(t)
    const key = mintKey('sk', 'live', 'lw').reveal()
    write(root, 'dist/app.4f2a.js', `${'var a=1;'.repeat(60_000)}fetch("/x",{headers:{k:"${key}"}})`)
    write(root, 'dist/app.4f2a.js.map', JSON.stringify({ version: 3, sourcesContent: [`const key = "${key}"\n`] }))
    const { findings } = await scanPath(root)
    assert.deepEqual(
      findings.map(({ place }) => place.line),
      [1, 1],
    )
  })

  it('A4: --no-archives leaves them shut', async (t) => {
    const root = folder(t)
    write(root, 'a.zip', zipOf(files))
    assert.deepEqual((await scanPath(root, { opensArchives: false })).findings, [])
  })

  it('A4: a real tar and gzip are read as ours are', async (t) => {
    const root = folder(t)
    write(root, 'files/app/.env', env.text)
    write(root, `files/${'long-name-'.repeat(9)}/${'x'.repeat(60)}/.env`, env.text)
    for (const form of ['gnu', 'pax', 'ustar', 'v7']) {
      const made = spawnSync('tar', ['-C', root, `--format=${form}`, '-czf', join(root, `${form}.tgz`), ...(form === 'v7' ? ['files/app'] : ['files'])])
      assert.equal(made.status, 0, String(made.stderr))
      assert.equal((await scanPath(join(root, `${form}.tgz`))).findings.length, form === 'v7' ? env.count : 2 * env.count, form)
    }
  })
})

describe('container images', () => {
  const key = mintKey('sk', 'live', 'lw').reveal()
  const layers: readonly (readonly Member[])[] = [
    [
      { name: 'app/.env', content: key },
      { name: 'srv/conf/a', content: key },
      { name: 'opt/kept', content: key },
    ],
    [
      { name: 'app/.wh..env', content: '' },
      { name: 'srv/.wh.conf', content: '' },
    ],
    [{ name: 'tmp/late', content: key }],
  ]
  const expected = [
    ['app/.env', 1, 2],
    ['opt/kept', 1, undefined],
    ['srv/conf/a', 1, 2],
    ['tmp/late', 3, undefined],
  ]
  const told = ({ findings }: Report) =>
    findings
      .map(({ place }) => [place.trail.at(-1), place.layer?.number, place.layer?.deletedIn] as const)
      .toSorted(([a], [b]) => ((a ?? '') < (b ?? '') ? -1 : 1))

  it('A4: docker-archive: each layer, and what a later one deletes is found and said to be deleted', async (t) => {
    const root = folder(t)
    assert.deepEqual(told(await scanPath(write(root, 'image.tar', dockerArchive(layers)))), expected)
    assert.deepEqual(told(await scanPath(write(root, 'image.tar.gz', gzipSync(dockerArchive(layers))))), expected)
  })

  it('A4: OCI layout, as a folder and as a tar, layers packed by gzip and Zstandard', async (t) => {
    const root = folder(t)
    for (const { name, content } of ociLayout(layers)) write(root, `image/${name}`, content)
    assert.deepEqual(told(await scanPath(join(root, 'image'))), expected)
    assert.deepEqual(told(await scanPath(write(root, 'image.tar', tarOf(ociLayout(layers))))), expected)
  })

  it('A4: an opaque folder takes away all that was in it', async (t) => {
    const opaque = [[{ name: 'app/deep/.env', content: key }], [{ name: 'app/.wh..wh..opq', content: '' }]]
    assert.deepEqual(told(await scanPath(write(folder(t), 'image.tar', dockerArchive(opaque)))), [['app/deep/.env', 1, 2]])
  })
})
