/** A peer's name as printed, with the version that was measured. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export function versioned(name: string): string {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../node_modules', name, 'package.json'), 'utf8')) as { version: string }
  return `${name} ${version}`
}
