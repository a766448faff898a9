import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Advice, type Answers, advise, answersThatCount, comparison, faultOfAnswer, nextQuestion, outcomes, questions, variants } from '@latchwork/advice'

/** Every way through the questions. */
function everyWay(answers: Answers = {}): readonly Answers[] {
  const question = nextQuestion(answers)
  return question === undefined ? [answers] : question.options.flatMap(({ id }) => everyWay({ ...answers, [question.id]: id }))
}

const ways = everyWay()
const adviceOf = (answers: Answers): Advice => advise(answers) ?? assert.fail(`no advice for ${JSON.stringify(answers)}`)

describe('the decision tree', () => {
  it('A1: every way through the questions ends in an advice; every question is asked, every option offered, every advice given', () => {
    assert.ok(ways.length > 25)
    const given = ways.map(adviceOf)
    assert.deepEqual([...new Set(given.map(({ id }) => id))].sort(), outcomes.map(({ id }) => id).sort())
    for (const { id, options } of questions)
      for (const option of options)
        assert.ok(
          ways.some((way) => way[id] === option.id),
          `${id} ${option.id}`,
        )
    for (const way of ways) assert.ok(Object.keys(way).length <= 5, 'a few questions')
  })

  it('A1: nothing is advised before everything is asked, and an answer to what is not asked counts for nothing', () => {
    for (const way of ways) {
      const ids = Object.keys(way)
      const { [ids.at(-1) ?? '']: _last, ...rest } = way
      assert.equal(advise(rest), undefined)
      const more = { holder: 'server', check: 'offline', others: 'yes', cli: 'paste', theft: 'stays', leaning: 'oauth', ...way, unknown: 'x' }
      assert.deepEqual(adviceOf(more).answers, way)
      assert.deepEqual(answersThatCount({ ...way, caller: 'nobody' }), {})
    }
  })

  it('A1: an advice says why, why not each of the others, the terms, the mistakes, and code in three languages', () => {
    for (const way of ways) {
      const { id, families, why, whyNot, terms, mistakes, code } = adviceOf(way)
      assert.ok(why.length >= 2 && mistakes.length >= 3, id)
      assert.deepEqual([...families, ...Object.keys(whyNot)].sort(), ['api-key', 'oauth', 'session'], id)
      for (const text of [...why, ...Object.values(whyNot), ...Object.values(terms), ...mistakes]) assert.match(text, /^\S[^\n]*\S\.$/, id)
      for (const text of Object.values(code)) assert.ok(text.endsWith('\n') && !text.includes('undefined'), id)
    }
  })

  it('A1: who takes OAuth because it sounds safer, where nobody delegates anything, is told so', () => {
    const honest = (answers: Answers) => adviceOf(answers).honest
    assert.match(honest({ caller: 'customer-server', check: 'ask', theft: 'travels', leaning: 'oauth' }) ?? '', /would not be safer/)
    assert.match(honest({ caller: 'own-front-end', others: 'no', leaning: 'oauth' }) ?? '', /would not be safer/)
    assert.equal(honest({ caller: 'customer-server', check: 'ask', theft: 'travels', leaning: 'no' }), undefined)
    assert.equal(honest({ caller: 'customer-server', check: 'offline', theft: 'travels', leaning: 'oauth' }), undefined, 'there it is the advice')
    for (const way of ways.filter(({ leaning }) => leaning === 'oauth')) {
      const { families, honest: said } = adviceOf(way)
      assert.equal(said !== undefined, !families.includes('oauth'))
    }
  })

  it('A1: some advice that everybody should get', () => {
    const expected: readonly (readonly [Answers, string])[] = [
      [{ caller: 'customer-server', check: 'ask', theft: 'travels', leaning: 'no' }, 'restricted-key'],
      [{ caller: 'job', check: 'offline', theft: 'travels', leaning: 'no' }, 'client-credentials-signed'],
      [{ caller: 'own-server', check: 'ask', theft: 'stays', leaning: 'no' }, 'client-credentials-proven'],
      [{ caller: 'job', check: 'offline', theft: 'stays', leaning: 'no' }, 'client-credentials-signed-and-proven'],
      [{ caller: 'cli', cli: 'paste', leaning: 'no' }, 'personal-access-token'],
      [{ caller: 'cli', cli: 'browser' }, 'native-code-flow'],
      [{ caller: 'own-front-end', others: 'no', leaning: 'no' }, 'session'],
      [{ caller: 'own-front-end', others: 'yes' }, 'session-and-oauth'],
      [{ caller: 'own-site' }, 'site-code-flow'],
      [{ caller: 'third-party', holder: 'server' }, 'delegated-code-flow'],
      [{ caller: 'third-party', holder: 'public' }, 'public-code-flow'],
      [{ caller: 'third-party', holder: 'device' }, 'device-flow'],
      [{ caller: 'third-party', holder: 'fixed' }, 'connected-key'],
    ]
    for (const [answers, id] of expected) assert.equal(adviceOf(answers).id, id)
  })

  it('A1: a secret that must not travel never does, whatever else is answered; who checks by itself is told to have tokens signed', () => {
    const staying = ways.filter(({ theft }) => theft === 'stays')
    assert.ok(staying.length > 10)
    for (const way of staying) {
      const { making, id } = adviceOf(way)
      assert.ok(making.makes === 'client' && making.authenticationMethod === 'private_key_jwt', id)
    }
    for (const way of ways.filter(({ check }) => check === 'offline')) assert.ok(adviceOf(way).why.some((text) => text.includes("tokenFormat: 'jwt'")))
  })

  it('A1: nothing that only a browser can keep is advised to a program, and no secret to what cannot keep one', () => {
    for (const way of ways) {
      const { making, families, id } = adviceOf(way)
      if (['public', 'device'].includes(way['holder'] ?? '') || way['cli'] === 'browser')
        assert.ok(making.makes === 'client' && making.authenticationMethod === 'none', id)
      assert.equal(families.includes('session'), way['caller'] === 'own-front-end', id)
    }
  })

  it('A1: a wrong answer is told with those there are', () => {
    assert.equal(faultOfAnswer('caller', 'job'), undefined)
    assert.match(faultOfAnswer('caller', 'ghost') ?? '', /own-server, customer-server/)
    assert.match(faultOfAnswer('who', 'x') ?? '', /caller, cli/)
  })
})

describe('the comparison', () => {
  it('A2: ten rows of facts for every mechanism and variant', () => {
    assert.deepEqual(
      comparison.map(({ id }) => id),
      ['format', 'state', 'lifetime', 'revocation', 'identity', 'consent', 'rotation', 'standards', 'leak', 'complexity'],
    )
    for (const { cells } of comparison) assert.deepEqual(Object.keys(cells).sort(), variants.map(({ id }) => id).sort())
    assert.deepEqual([...new Set(variants.map(({ family }) => family))], ['api-key', 'session', 'oauth'])
  })
})
