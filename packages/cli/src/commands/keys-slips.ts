/** Scopes of a key that the server calls undefined: they open nothing at any API that is declared. */
import { textAt } from './shown-secret.ts'

/** @param key as it is answered to who made or changed it. @returns nothing, or a sentence with its mend. */
export function slipsOf(key: unknown): readonly string[] {
  const scopes = undefinedIn(key)
  return scopes.length === 0 ? [] : [`No declared API defines ${scopes.join(', ')}. If that was a slip: latchwork keys update ${textAt(key, 'id')} --scope …`]
}

export function undefinedIn(key: unknown): readonly string[] {
  const scopes = (key as { readonly undefinedScopes?: unknown } | null)?.undefinedScopes
  return Array.isArray(scopes) ? scopes : []
}
