/** The look-up of an API key on this node, and what its use sets off: the clock of the key before it, and its move under the newest pepper. The move is
 * not waited for; the clock is, once for each roll: a record that was remembered without it would let the former key live on. */
import { type ApiKeys, findPresentedKey, noteFirstUse, type PresentedKey } from '@latchwork/api-keys'
import { type Clock, type CredentialRecord, goOn, type Soon } from '@latchwork/kernel'

interface Surroundings {
  readonly apiKeys: ApiKeys
  readonly clock: Clock
  readonly onTrouble: (message: string, cause?: unknown) => void
}

/** @throws Refusal `store_unavailable`, also when the clock of the former key could not be started: the next look-up tries again. */
export function findKeyRecord(surroundings: Surroundings, digest: string): Soon<CredentialRecord | undefined> {
  return goOn(findPresentedKey(surroundings.apiKeys, digest), (found) => found && setOff(surroundings, found))
}

function setOff({ apiKeys, clock, onTrouble }: Surroundings, { record, startsOverlap, move }: PresentedKey): Soon<CredentialRecord> {
  const keyId = record.principal.credentialId
  const now = clock.now()
  if (move !== undefined) {
    apiKeys.store.moveDigest(keyId, move.from, move.to).catch((cause: unknown) => onTrouble('a key could not be stored under the newest pepper', cause))
  }
  return startsOverlap && isUsable(record, now) ? noteFirstUse(apiKeys, keyId, now).then(() => record) : record
}

/** A look-up that is bound to be refused is no use. */
function isUsable({ alive, notBefore = 0, principal: { expiresAt = Number.POSITIVE_INFINITY } }: CredentialRecord, now: number): boolean {
  return alive && notBefore <= now && now < expiresAt
}
