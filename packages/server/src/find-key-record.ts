/** The look-up of an API key on this node, and what its use sets off: the clock of the key before it, and its move under the newest pepper. Neither is waited for. */
import { type ApiKeys, findPresentedKey, noteFirstUse } from '@latchwork/api-keys'
import type { Clock, CredentialRecord } from '@latchwork/kernel'

interface Surroundings {
  readonly apiKeys: ApiKeys
  readonly clock: Clock
  readonly onTrouble: (message: string, cause?: unknown) => void
}

export async function findKeyRecord({ apiKeys, clock, onTrouble }: Surroundings, digest: string): Promise<CredentialRecord | undefined> {
  const found = await findPresentedKey(apiKeys, digest)
  if (found === undefined) return undefined
  const { record, startsOverlap, move } = found
  const keyId = record.principal.credentialId
  const now = clock.now()
  if (startsOverlap && isUsable(record, now)) {
    noteFirstUse(apiKeys, keyId, now).catch((cause: unknown) =>
      onTrouble('the overlap of a rolled key could not be started; its next look-up tries again', cause),
    )
  }
  if (move !== undefined) {
    apiKeys.store.moveDigest(keyId, move.from, move.to).catch((cause: unknown) => onTrouble('a key could not be stored under the newest pepper', cause))
  }
  return record
}

/** A look-up that is bound to be refused is no use. */
function isUsable({ alive, notBefore = 0, principal: { expiresAt = Number.POSITIVE_INFINITY } }: CredentialRecord, now: number): boolean {
  return alive && notBefore <= now && now < expiresAt
}
