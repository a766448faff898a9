import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createKeywordSearch } from '../src/keyword-search.ts'
import { seeded } from './samples.ts'

const WORDS = ['abc', 'sk_live_', 'ab_', 'bca', 'secret', 'aaa', 'a.b.c', 'cab']

describe('the search for keywords', () => {
  it('A4: finds what a plain search finds, at every offset, length and bound', () => {
    const random = seeded('search')
    const search = createKeywordSearch(WORDS.map((text, owner) => ({ text, ignoresCase: owner % 2 === 0, owner })))
    for (let round = 0; round < 3000; round++) {
      const text = Array.from({ length: Math.floor(random() * 40) }, () =>
        random() < 0.2 ? WORDS[Math.floor(random() * WORDS.length)] : 'abcABC_.s\0'[Math.floor(random() * 10)],
      ).join('')
      const shift = Math.floor(random() * 3)
      const bytes = Buffer.from('!'.repeat(shift) + text).subarray(shift)
      const length = Math.floor(random() * (bytes.length + 1))
      const until = Math.floor(random() * (length + 1))
      const from = Math.floor(random() * (until + 1))
      const found: string[] = []
      search(bytes, from, until, length, (owner, at) => found.push(`${owner}@${at}`))
      const expected = WORDS.flatMap((word, owner) => {
        const [where, what] = owner % 2 === 0 ? [text.toLowerCase(), word] : [text, word]
        return Array.from({ length: until - from }, (_, index) => from + index)
          .filter((at) => where.startsWith(what, at) && at + word.length <= length)
          .map((at) => `${owner}@${at}`)
      })
      assert.deepEqual(found.toSorted(), expected.toSorted(), JSON.stringify({ text, shift, from, until, length }))
    }
  })
})
