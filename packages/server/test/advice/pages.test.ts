/** The page of advice over HTTP: every way through it by its links, and what is no way. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { comparison, outcomes, questions, variants } from '@latchwork/advice'
import { shared } from '../kit/shared.ts'
import { startLatchwork } from '../kit/start-latchwork.ts'

describe('/advise', () => {
  const latchworkOf = shared((t) => startLatchwork(t))
  const open = async (path: string) => {
    const response = await fetch(`${latchworkOf().issuer}${path}`)
    return { status: response.status, text: await response.text(), headers: response.headers }
  }
  const linksIn = (text: string): readonly string[] =>
    [...text.matchAll(/<li><a href="(\/advise\?[^"]+)"/g)].map(([, href = '']) => href.replaceAll('&amp;', '&'))

  it('A1: by links alone, without script or cookie, every way leads to an advice, and every advice is reached', async () => {
    const reached = new Set<string>()
    const walk = async (path: string, depth: number): Promise<void> => {
      assert.ok(depth < 8)
      const { status, text, headers } = await open(path)
      assert.equal(status, 200, path)
      assert.equal(headers.get('set-cookie'), null)
      assert.doesNotMatch(text, /<script/)
      const links = linksIn(text)
      if (links.length === 0) {
        const outcome = outcomes.find(({ title }) => text.includes(`<h1>${title}</h1>`))
        assert.ok(outcome !== undefined, path)
        reached.add(outcome.id)
      }
      for (const link of links) await walk(link, depth + 1)
    }
    await walk('/advise', 0)
    assert.deepEqual([...reached].sort(), outcomes.map(({ id }) => id).sort())
  })

  it('A1: each answer can be changed, which leads back to its question', async () => {
    const { text } = await open('/advise?caller=third-party&holder=server')
    const changes = [...text.matchAll(/<a href="(\/advise[^"]*)">Change/g)].map(([, href = '']) => href.replaceAll('&amp;', '&'))
    assert.deepEqual(changes, ['/advise', '/advise?caller=third-party'])
    assert.match((await open(changes[1] ?? '')).text, new RegExp(`<h1>${questions.find(({ id }) => id === 'holder')?.asks.replace('?', '\\?')}</h1>`))
  })

  it('A1: an address that holds no answer is refused with a page that says how to go on; nothing of it is shown', async () => {
    for (const query of ['caller=ghost', 'x=1', 'caller=own-site&holder=server', 'caller=%3Cscript%3E', `caller=${'a'.repeat(5000)}`]) {
      const { status, text } = await open(`/advise?${query}`)
      assert.equal(status, 400, query)
      assert.match(text, /Begin again at \/advise/)
      assert.doesNotMatch(text, /ghost|<script/)
    }
  })

  it('A2: the comparison has a row for each property, and in it a fact of every mechanism, named', async () => {
    const { status, text } = await open('/advise/comparison')
    assert.equal(status, 200)
    const [head = '', ...rows] = [...text.matchAll(/<tr role="row">(.*?)<\/tr>/gs)].map(([, row = '']) => row)
    const columns = [...head.matchAll(/<th scope="col" role="columnheader"[^>]*>([^<]*)<\/th>/g)].map(([, name]) => name)
    assert.deepEqual(columns, ['Property', ...variants.map(({ name }) => name)])
    assert.equal(rows.length, comparison.length)
    for (const [index, { title }] of comparison.entries()) {
      const row = rows[index] ?? assert.fail(title)
      assert.match(row, new RegExp(`^<th scope="row" role="rowheader">${title}</th>`))
      assert.deepEqual(
        [...row.matchAll(/<td role="cell" data-of="([^"]*)">[^<]+<\/td>/g)].map(([, name]) => name),
        variants.map(({ name }) => name),
      )
    }
    assert.match((await open('/')).text, /href="\/advise"/)
  })
})
