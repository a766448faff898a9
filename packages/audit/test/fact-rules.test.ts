import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { allRules, checkFacts, installationRules, risks, serverRules, subjects, tokenRules } from '@latchwork/audit'
import { type Cases, installationCases, sound as soundInstallation } from './installation-fixtures.ts'
import { serverCases, sound as soundServer } from './server-fixtures.ts'
import { sound as soundToken, tokenCases } from './token-fixtures.ts'

type Rules<Facts> = Parameters<typeof checkFacts<Facts>>[0]

function rulesOver<Facts>(subject: string, rules: Rules<Facts>, cases: Readonly<Record<string, Cases<Facts>>>, sound: Facts): void {
  describe(`rules over ${subject}`, () => {
    for (const rule of rules) {
      it(`A3: ${rule.id} finds its mistake, and leaves what is right`, () => {
        const { bad, good } = cases[rule.id.slice(subject.length + 1)] ?? assert.fail('no cases')
        assert.ok(bad.length >= 2 && good.length >= 2, 'at least two of each')
        for (const [index, facts] of bad.entries()) {
          const { findings } = checkFacts([rule], facts)
          assert.ok(findings.length > 0, `bad ${index} was not found`)
          for (const { at, saw } of findings) assert.ok(at !== '' && (saw === undefined || saw.length < 200))
        }
        for (const [index, facts] of good.entries()) assert.deepEqual(checkFacts([rule], facts).findings, [], `good ${index}`)
      })
    }

    it(`A3: no rule finds anything in ${subject} that is sound, and every case has its rule`, () => {
      assert.deepEqual(
        checkFacts(rules, sound).findings.map(({ rule, at }) => `${rule.id} ${at}`),
        [],
      )
      assert.deepEqual(Object.keys(cases).sort(), rules.map(({ id }) => id.slice(subject.length + 1)).sort())
    })
  })
}

rulesOver('installation', installationRules, installationCases, soundInstallation)
rulesOver('server', serverRules, serverCases, soundServer)
rulesOver('token', tokenRules, tokenCases, soundToken)

describe('the table of rules', () => {
  it('A3: at least sixty rules, each with its words, a source and a risk, and an id of its own', () => {
    assert.ok(allRules.length >= 60)
    assert.equal(new Set(allRules.map(({ id }) => id)).size, allRules.length)
    for (const { id, what, why, source, risk, mend } of allRules) {
      assert.match(id, new RegExp(`^(?:${subjects.join('|')})/[a-z0-9]+(?:-[a-z0-9]+)*$`))
      assert.match(what, /^[A-Z][^\n]+[^.]$/, id)
      for (const text of [why, mend]) assert.match(text, /^\S[^\n]+\S$/, id)
      assert.match(source, /RFC \d+|OWASP|OpenID Connect|Latchwork|CWE|NIST|FAPI|draft-/, id)
      assert.ok(risks.includes(risk), id)
    }
  })
})
