/** The look-up of an API key on this node, and its move under the newest pepper, which is not waited for. */
import { type ApiKeys, findPresentedKey, type PresentedKey } from '@latchwork/api-keys'
import { type CredentialRecord, goOn, type Soon } from '@latchwork/kernel'

interface Surroundings {
  readonly apiKeys: ApiKeys
  readonly onTrouble: (message: string, cause?: unknown) => void
}

/** @throws Refusal `store_unavailable`. */
export function findKeyRecord(surroundings: Surroundings, digest: string): Soon<CredentialRecord | undefined> {
  return goOn(findPresentedKey(surroundings.apiKeys, digest), (found) => found && moved(surroundings, found))
}

function moved({ apiKeys, onTrouble }: Surroundings, { record, move }: PresentedKey): CredentialRecord {
  if (move !== undefined) {
    apiKeys.store
      .moveDigest(record.principal.credentialId, move.from, move.to)
      .catch((cause: unknown) => onTrouble('a key could not be stored under the newest pepper', cause))
  }
  return record
}
