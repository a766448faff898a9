/** Short pieces of code, each with or without the mistake of its rule: `test/fixtures/<rule>.<ending>.txt`. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const FOLDER = join(import.meta.dirname, 'fixtures')

export interface Fixtures {
  readonly rule: string
  /** `ts`, `tsx`, `py`. */
  readonly ending: string
  readonly bad: readonly string[]
  readonly good: readonly string[]
}

export function readFixtures(): readonly Fixtures[] {
  return readdirSync(FOLDER)
    .sort()
    .map((file) => {
      const [name = '', ending = ''] = file.split('.')
      const pieces = [...readFileSync(join(FOLDER, file), 'utf8').matchAll(/^--- (bad|good)\n([\s\S]*?)(?=^--- |$(?![\s\S]))/gm)]
      const of = (kind: string) => pieces.filter(([, one]) => one === kind).map(([, , code = '']) => code)
      return { rule: `code/${name}`, ending, bad: of('bad'), good: of('good') }
    })
}
