/** The database file. */
import { closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
/** The file is made readable by its owner alone; its journals take after it. */
export function openFile<T>(path: string, open: (path: string) => T): T {
  makeFolder(dirname(path))
  closeSync(openSync(path, 'a', 0o600))
  return open(path)
}

/** Level by level: `mkdirSync` with `recursive` never returns for a folder that cannot be, such as one under /proc. */
function makeFolder(path: string): void {
  if (existsSync(path)) return
  makeFolder(dirname(path))
  mkdirSync(path, { mode: 0o700 })
}

/** Which file is there now; `undefined` for none. */
export function fileAt(path: string): string | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false })
  return found && `${found.dev}:${found.ino}`
}
