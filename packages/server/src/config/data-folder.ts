/** The data folder: made at the first start, for its owner alone. */
import { accessSync, constants, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Config } from './config.ts'
import { ConfigurationError } from './configuration-error.ts'
import { codeOf } from './secret-reference.ts'

/** @throws ConfigurationError when it cannot be made, is no folder, or may not be written to. */
export function makeDataFolder({ data }: Pick<Config, 'data'>): void {
  try {
    if (!makeFolder(data, 0o700) && !statSync(data).isDirectory()) throw Object.assign(new Error(), { code: 'ENOTDIR' })
    accessSync(data, constants.W_OK | constants.X_OK)
  } catch (error) {
    const mend = 'Let the user of this server write there, or name another folder with --data.'
    throw new ConfigurationError([{ option: `data folder ${data}`, fault: `cannot be used (${codeOf(error)})`, mend }])
  }
}

/** Folder by folder: `mkdirSync` with `recursive` never comes back where a file system refuses with ENOENT, as /proc does. False if it was there. */
function makeFolder(path: string, mode: number): boolean {
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) return false
  if (dirname(path) !== path) makeFolder(dirname(path), 0o755)
  try {
    mkdirSync(path, { mode })
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}
