/**
 * Scopes of a key that mean nothing to any API that is declared: a slip of the pen, or something that the caller's own code alone knows. Told, not refused. Where no API declares a scope,
 * what has not the form of one is told: `*` for everything, say, or `admin`.
 */
import type { ApiKey } from '@latchwork/api-keys'
import { covers, isResourceScope } from '@latchwork/kernel'
import type { Config } from '../../config/index.ts'
import { shapeOfKey } from './shapes.ts'

/** The key as it is answered to whoever made or changed it. */
export function shapeWithNotes(apis: Config['apis'], key: ApiKey, now: number): ReturnType<typeof shapeOfKey> {
  const defined = apis.flatMap((api) => api.scopes.map(({ name }) => name))
  const isDefined = (scope: string): boolean => defined.some((one) => covers([scope], one) || covers([one], scope))
  const undefinedScopes = key.scopes.filter((scope) => (defined.length === 0 ? !isResourceScope(scope) : !isDefined(scope)))
  return { ...shapeOfKey(key, now), ...(undefinedScopes.length === 0 ? {} : { undefinedScopes }) }
}
