/** `npm run docs`: writes every generated page of the documentation. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { generatedPages } from './pages.ts'

const ROOT = resolve(import.meta.dirname, '..')

for (const [path, text] of Object.entries(generatedPages(ROOT))) {
  mkdirSync(dirname(resolve(ROOT, path)), { recursive: true })
  writeFileSync(resolve(ROOT, path), text)
  console.log(path)
}
