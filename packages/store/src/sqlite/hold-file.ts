/** One server for one file: what it remembers holds only while nobody else revokes anything in it (K10). */
import { DatabaseSync } from 'node:sqlite'
import { openFile } from './open-file.ts'

/** A server that is just being ended may need so long. */
const WAIT_MS = 1_000
const SQLITE_BUSY = 5

/**
 * Holds the file for this server until it lets go or its process ends, however it ends. What only adds something, such as `latchwork init`, need not hold it.
 *
 * @param path of the database; an empty file of the same name with `-held` stands beside it from then on.
 * @returns lets go.
 * @throws DatabaseHeld when another server holds it; Error when nothing can be written there.
 */
export function holdFile(path: string): () => void {
  const held = openFile(`${path}-held`, (at) => new DatabaseSync(at, { timeout: WAIT_MS }))
  try {
    held.exec('pragma journal_mode = off; begin exclusive') // a lock of the system, which goes with the process
  } catch (cause) {
    held.close()
    throw (cause as { readonly errcode?: number }).errcode === SQLITE_BUSY ? new DatabaseHeld(path, { cause }) : cause
  }
  return () => held.close()
}

export class DatabaseHeld extends Error {
  readonly code = 'DATABASE_HELD'

  constructor(path: string, options: ErrorOptions) {
    super(`Another Latchwork server uses ${path}.`, options)
    this.name = 'DatabaseHeld'
  }
}
