/** One process at a time: a lock that the operating system lets go of when its holder dies, however it dies. */
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { ClientFailure } from '../failure.ts'

const PAUSE_MS = 25
const PATIENCE_MS = 60_000

/** Holds the file at `path` locked while `act` runs. The file stays; only the lock on it counts. @throws ClientFailure `profile_locked` after a minute. */
export async function withLock<T>(path: string, act: () => Promise<T>): Promise<T> {
  const held = await takeLock(path)
  try {
    return await act()
  } finally {
    held.close()
  }
}

async function takeLock(path: string): Promise<DatabaseSync> {
  for (let waited = 0; waited < PATIENCE_MS; waited += PAUSE_MS) {
    const file = new DatabaseSync(path, { timeout: 0 })
    try {
      file.exec('begin exclusive')
      return file
    } catch (error) {
      file.close()
      if (!/locked|busy/i.test(String(error))) throw error
    }
    await pause(PAUSE_MS)
  }
  throw new ClientFailure('profile_locked', 'Another command has held this profile for a minute.', 'Wait for it or end it, then try again.')
}
