import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, it } from 'node:test'
import { generatedPages } from '../scripts/pages.ts'
import { readChapters, readTitles } from '../scripts/requirements.ts'

const ROOT = resolve(import.meta.dirname, '..')

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

describe('the generated pages', () => {
  for (const [path, text] of Object.entries(generatedPages(ROOT))) {
    it(`${path} is what its source says`, () => {
      assert.ok(readIfThere(join(ROOT, path)) === text, `${path} is stale: run \`npm run docs\` and commit what it writes.`)
    })
  }
})

describe('the titles of the tests', () => {
  it('name lines that exist', () => {
    const known = new Set(readChapters(ROOT).flatMap((chapter) => chapter.requirements.map((requirement) => requirement.id)))
    const unknown = readTitles(ROOT).flatMap((title) => title.ids.filter((id) => !known.has(id)).map((id) => `${title.file}: ${id}`))
    assert.deepEqual(unknown, [])
  })
})
