/**
 * The key that a rotation makes: HMAC under a key of the server, over a seed that lies in the rotation's row until the key is delivered and is erased then. So a node that
 * takes over from one that was killed delivers the very same key; and once it is delivered, nobody can compute it again.
 */
import { createHmac } from 'node:crypto'
import { type Environment, type KeyKind, keyOfBytes, type Secret, takeRandomBytes } from '@latchwork/kernel'
import type { ApiKeys } from '../api-keys.ts'
import type { Rotations } from './rotations.ts'

const SEED_BYTES = 32

export function newSeed(): string {
  return takeRandomBytes(SEED_BYTES).toString('base64url')
}

interface Form {
  readonly id: string
  readonly kind: KeyKind
  readonly environment: Environment
}

export function computedKey(
  { rotationKey, apiKeys }: Pick<Rotations, 'rotationKey'> & { readonly apiKeys: Pick<ApiKeys, 'brand'> },
  seed: string,
  key: Form,
): Secret {
  const bytes = createHmac('sha256', rotationKey).update(`${seed}.${key.id}.${key.kind}.${key.environment}`).digest()
  return keyOfBytes(key.kind, key.environment, apiKeys.brand, bytes)
}
