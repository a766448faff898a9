/** Reading what is committed, on a connection of its own. */
import type { CompiledQuery } from 'kysely'
import { type Connection, openReader } from './connection.ts'
import { openFile } from './open-file.ts'

export interface Reader {
  /** Opens a view where there is none; reads in it. Throws as SQLite does. */
  readonly run: (query: CompiledQuery) => readonly unknown[]
  /** The next read sees what is committed then. */
  readonly endView: () => void
  /** Lets go of the connection; the next read opens another. */
  readonly drop: () => void
}

/**
 * Reads share one view of what is committed until it is ended, and with it one lock on the file: taking it and giving it back costs as much as a look-up.
 * @param onView a view was opened.
 */
export function readerOf(path: string, onView: () => void, onTrouble: (error: unknown) => void): Reader {
  let connection: Connection | undefined
  let isInView = false

  function drop(): void {
    isInView = false
    try {
      connection?.close()
    } catch (error) {
      onTrouble(error)
    }
    connection = undefined
  }

  return {
    run(query) {
      connection ??= openFile(path, openReader)
      if (!isInView) {
        connection.execute('begin')
        isInView = true
        onView()
      }
      return connection.run(query)
    },
    endView() {
      if (!isInView) return
      isInView = false
      try {
        connection?.execute('commit')
      } catch (error) {
        drop()
        onTrouble(error)
      }
    },
    drop,
  }
}
