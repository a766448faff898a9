/** The signing keys a client will be answered with: made when it is registered, long before the first token, so that no verifier holds a key set without them. */
import type { OAuth } from '../oauth.ts'
import type { Client } from '../store.ts'

export async function ensureKeys({ keyRing }: Pick<OAuth, 'keyRing'>, { settings }: Pick<Client, 'settings'>): Promise<void> {
  const algorithms = new Set([settings.idTokenSigningAlg, settings.userInfoSigningAlg, settings.introspectionSigningAlg])
  for (const algorithm of algorithms) if (algorithm !== undefined) await keyRing.ensure(algorithm)
}
