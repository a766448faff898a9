import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
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

describe('the links of the documentation', () => {
  const pages = globSync(['*.md', 'docs/**/*.md', 'examples/*/*.md', 'bench/*.md', 'vectors/*.md'], { cwd: ROOT })
  const withoutCode = (page: string) => readFileSync(join(ROOT, page), 'utf8').replace(/```[\s\S]*?```/g, '')

  it('lead to files and headings that are there', () => {
    const dead = pages.flatMap((page) => {
      const links = [...withoutCode(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link).filter((link) => !/^(https?|mailto):/.test(link))
      return links.filter((link) => !leads(page, link)).map((link) => `${page}: ${link}`)
    })
    assert.ok(pages.length > 50)
    assert.deepEqual(dead, [])
  })

  function leads(page: string, link: string): boolean {
    const [path = '', heading] = link.split('#')
    const target = path === '' ? page : join(dirname(page), path)
    if (heading === undefined || !target.endsWith('.md')) return existsSync(join(ROOT, target))
    return [...readIfThere(join(ROOT, target)).matchAll(/^#+ (.*)$/gm)].some(([, words = '']) => anchorOf(words) === heading)
  }

  /** As the pages of a repository name the places of their headings. */
  function anchorOf(words: string): string {
    return words
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_\- ]/gu, '')
      .replaceAll(' ', '-')
  }
})
