/** Tells the recorder what came of a key that was presented to this server itself. */
import { outcomeOfRefusal } from '@latchwork/api-keys'
import { type Origin, type Principal, Refusal } from '@latchwork/kernel'
import type { KeyUseRoom } from './open-key-use.ts'

/** Passes the answer on as it is. Counts API keys alone, and only those that were found: a refusal names its credential where there is one. */
export async function noteUse(
  room: Pick<KeyUseRoom, 'onVerified'>,
  { address, userAgent }: Origin,
  now: () => number,
  ask: () => Principal | Promise<Principal>,
): Promise<Principal> {
  try {
    const principal = await ask()
    if (principal.mechanism === 'api_key') room.onVerified({ keyId: principal.credentialId, outcome: 'valid', address, userAgent, at: now() })
    return principal
  } catch (error) {
    const keyId = error instanceof Refusal ? error.about.credentialId : undefined
    if (error instanceof Refusal && keyId?.startsWith('key_') === true)
      room.onVerified({ keyId, outcome: outcomeOfRefusal(error), address, userAgent, at: now() })
    throw error
  }
}
