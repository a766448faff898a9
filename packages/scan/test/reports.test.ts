import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { mintKey } from '@latchwork/kernel'
import { findingText, jsonReport, readBaseline, sarifReport, scan, writeBaseline } from '../src/index.ts'
import { dockerArchive } from './containers.ts'
import { folder, scanPath, write } from './folder.ts'
import { plants } from './samples.ts'

/** A folder with one of each kind, and its report. */
async function planted(t: TestContext) {
  const root = folder(t)
  const all = plants()
  all.forEach(({ text }, index) => void write(root, `file ${index}.txt`, `first\nkey = ${text}\n`))
  write(root, 'image.tar', dockerArchive([[{ name: 'a', content: all[0]?.text ?? '' }], [{ name: '.wh.a', content: '' }]]))
  return { root, secrets: all.map(({ text }) => text), report: await scanPath(root) }
}

describe('reports', () => {
  it('A4: no form of a report holds a secret; ours show their first 8 and last 4, others less', async (t) => {
    const { secrets, report } = await planted(t)
    assert.equal(report.findings.length, secrets.length + 1)
    const texts = [
      jsonReport(report),
      sarifReport(report, '1.0.0'),
      writeBaseline(report.findings),
      JSON.stringify(report),
      report.findings.map((finding) => findingText(finding, (_, text) => text)).join('\n'),
    ]
    for (const text of texts) for (const secret of secrets) assert.ok(!text.includes(secret.slice(8, -4)) && !text.includes(secret.slice(0, 13)), secret)
    for (const { own, redacted } of report.findings) assert.ok(own === undefined ? redacted.length <= 9 : redacted.length === 13, redacted)
  })

  it('A4: JSON tells each find with rule, place and fingerprint, and what was not read', async (t) => {
    const root = folder(t)
    write(root, 'a.txt', `\n  ${mintKey('pat', 'test', 'acme').reveal()}`)
    write(root, 'b.xz', Buffer.from('fd377a585a000000', 'hex'))
    const { findings, notes, counts } = JSON.parse(jsonReport(await scanPath(root))) as {
      findings: Record<string, unknown>[]
      notes: unknown[]
      counts: Record<string, number>
    }
    const [{ fingerprint, redacted, ...finding } = assert.fail()] = findings
    assert.match(String(fingerprint), /^[\w-]{22}$/)
    assert.match(String(redacted), /^pat_test…\w{4}$/)
    const expected = {
      rule: 'latchwork-credential',
      vendor: 'Latchwork',
      name: 'test personal access token',
      level: 'warning',
      path: join(root, 'a.txt'),
      line: 2,
      column: 3,
      kind: 'pat',
      environment: 'test',
      brand: 'acme',
    }
    assert.deepEqual(finding, expected)
    assert.deepEqual(notes, [{ place: join(root, 'b.xz'), text: 'is packed by xz, which is not read here' }])
    assert.equal(counts['files'], 2)
  })

  it('A4: SARIF 2.1.0: every member has the form and every reference its target', async (t) => {
    const { report } = await planted(t)
    const log = JSON.parse(sarifReport(report, '1.0.0'))
    assert.deepEqual([log.version, log.runs.length, log.runs[0].tool.driver.version], ['2.1.0', 1, '1.0.0'])
    const [{ tool, results, invocations, columnKind }] = log.runs
    assert.equal(columnKind, 'unicodeCodePoints')
    assert.equal(invocations[0].executionSuccessful, true)
    assert.equal(results.length, report.findings.length)
    for (const result of results) {
      assert.equal(tool.driver.rules[result.ruleIndex].id, result.ruleId)
      assert.ok(['error', 'warning', 'note', 'none'].includes(result.level))
      assert.match(result.message.text, /\.$/)
      const { artifactLocation, region } = result.locations[0].physicalLocation
      assert.ok(!/[ \\"<>^`{|}]/.test(artifactLocation.uri), 'a URI reference (RFC 3986)')
      assert.ok(region === undefined || (region.startLine >= 1 && region.startColumn >= 1))
      assert.deepEqual(Object.keys(result.partialFingerprints), ['latchworkSecret/v1'])
    }
    for (const rule of tool.driver.rules) assert.ok(rule.shortDescription.text !== '' && rule.help.text !== '')
    assert.match(JSON.stringify(results), /deleted in layer 2/)
  })

  it('A4: a baseline leaves out what it knows, wherever it moves in its file, and nothing else', async (t) => {
    const root = folder(t)
    const key = mintKey('sk', 'live', 'lw').reveal()
    write(root, 'a.txt', key)
    const baseline = readBaseline(writeBaseline((await scanPath(root)).findings))
    assert.ok(baseline)
    write(root, 'a.txt', `moved\n\n\n   ${key}`)
    const known = await scanPath(root, { baseline })
    assert.deepEqual([known.findings.length, known.counts.known], [0, 1])
    write(root, 'b.txt', key)
    write(root, 'a.txt', `${key}\n${mintKey('sk', 'live', 'lw').reveal()}`)
    assert.equal((await scanPath(root, { baseline })).findings.length, 2, 'another file, another key')
    const byHand = readBaseline(JSON.stringify({ version: 1, known: [{ rule: 'latchwork-credential', path: join(root, 'a.txt') }] }))
    assert.ok(byHand)
    assert.deepEqual(
      (await scanPath(root, { baseline: byHand })).findings.map(({ place }) => place.trail),
      [[join(root, 'b.txt')]],
    )
    for (const wrong of [
      '',
      '{}',
      '[]',
      '{"version":2,"known":[]}',
      '{"version":1,"known":[{}]}',
      '{"version":1,"known":[{"fingerprint":7}]}',
      '{"version":1,"known":[null]}',
    ]) {
      assert.equal(readBaseline(wrong), undefined, wrong)
    }
  })

  it('A4: a comment allows its own line alone, and is counted', async (t) => {
    const root = folder(t)
    const key = () => mintKey('sk', 'live', 'lw').reveal()
    write(root, 'a.py', `a = '${key()}'  # latchwork:allow\nb = '${key()}'\n# latchwork:allow\nc = '${key()}'\n`)
    const { findings, counts } = await scanPath(root)
    assert.deepEqual([findings.map(({ place }) => place.line), counts.allowed], [[2, 4], 1])
  })

  it('A4: lines and columns are right far into a file', async (t) => {
    const root = folder(t)
    const key = () => mintKey('sk', 'live', 'lw').reveal()
    write(root, 'a.txt', `${'a line of text\n'.repeat(100_000)}  ${key()}\n${'x\n'.repeat(999)}${key()}`)
    const { findings } = await scan([{ kind: 'path', path: root }])
    assert.deepEqual(
      findings.map(({ place }) => [place.line, place.column]),
      [
        [100_001, 3],
        [101_001, 1],
      ],
    )
  })
})
