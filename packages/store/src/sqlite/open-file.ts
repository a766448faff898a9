/** The database file. */
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Connection } from './connection.ts'

/** The file is made readable by its owner alone; its journals take after it. */
export function openFile(path: string, open: (path: string) => Connection): Connection {
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
