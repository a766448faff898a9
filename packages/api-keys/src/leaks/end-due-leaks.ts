/** Revoking what is due. Durable: what fell due while no server ran is ended by the first that starts, and what was ended before its leak was settled is ended again, which changes nothing. */
import type { Leaks } from './settle-reports.ts'

const BATCH = 200

/**
 * Ends what is due, one after the other; what cannot be ended stays due, and holds up nothing else.
 * @returns how many were ended.
 */
export async function endDueLeaks(leaks: Leaks, now: number, onTrouble: (message: string, cause: unknown) => void): Promise<number> {
  let ended = 0
  for (const leak of await leaks.store.listDueLeaks(now, BATCH)) {
    try {
      await leaks.targets.end(leak, now)
      await leaks.store.settleLeak(leak.digest, now)
      ended++
    } catch (error) {
      onTrouble(`A leaked credential (${leak.kind} ${leak.credentialId}) could not be ended; it stays due`, error)
    }
  }
  return ended
}
