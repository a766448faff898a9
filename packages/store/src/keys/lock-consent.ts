/** The consent a key is to be born from (K17). */
import { coversAll } from '@latchwork/kernel'
import { type Act, rowOf } from '../act.ts'
import { wordsOf } from '../columns.ts'
import type { Dialect } from '../engine.ts'

/**
 * Whether the consent is in force and covers the scopes: a key is born within the person's last word, not the one it was asked for under. Whoever gets a key under a consent, narrows it or ends it,
 * is alone with it.
 */
export function* lockConsent({ name, db }: Dialect, consentId: string, scopes: readonly string[]): Act<boolean> {
  const consent = db.selectFrom('consents').select('scopes').where('id', '=', consentId).where('ended_at', 'is', null)
  const given = yield* rowOf((name === 'postgres' ? consent.forNoKeyUpdate() : consent).compile())
  return given !== undefined && coversAll(wordsOf(given.scopes), scopes)
}
