import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { auditFile, codeRules } from '@latchwork/audit'
import { readFixtures } from './fixtures.ts'

const fixtures = readFixtures()
const found = (rule: string, ending: string, code: string) => auditFile(`src/file.${ending}`, code).findings.filter((finding) => finding.rule.id === rule)

describe('rules over code', () => {
  for (const rule of codeRules) {
    for (const language of rule.languages) {
      it(`A3: ${rule.id} finds its mistake in ${language}, and leaves code that is right`, () => {
        const own = fixtures.filter((fixture) => fixture.rule === rule.id && (fixture.ending === 'py') === (language === 'python'))
        const [bad, good] = [own.flatMap((one) => one.bad.map((code) => ({ ...one, code }))), own.flatMap((one) => one.good.map((code) => ({ ...one, code })))]
        assert.ok(bad.length >= 2 && good.length >= 2, 'at least two of each')
        for (const { ending, code } of bad) assert.notEqual(found(rule.id, ending, code).length, 0, `not found in:\n${code}`)
        for (const { ending, code } of good) assert.deepEqual(found(rule.id, ending, code), [], `found in:\n${code}`)
      })
    }
  }

  it('A3: every fixture belongs to a rule and can be read', () => {
    const ids = new Set(codeRules.map(({ id }) => id))
    assert.deepEqual(
      fixtures.map(({ rule }) => rule).filter((id) => !ids.has(id)),
      [],
    )
    for (const { rule, ending, bad, good } of fixtures)
      for (const code of [...bad, ...good]) assert.deepEqual(auditFile(`f.${ending}`, code).notes, [], rule + code)
  })
})
