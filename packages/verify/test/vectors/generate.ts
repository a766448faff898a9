/** Writes `vectors/`: `npm run vectors -w @latchwork/verify`. What has not changed comes out the same, byte for byte. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { credentialVectors } from './credential-vectors.ts'
import { clientVectors, networkVectors } from './network-vectors.ts'
import { requestVectors } from './request-vectors.ts'
import { completeKeys, publishedKeySet, type SigningKeys } from './signing-keys.ts'
import { type TokenVector, tokenVectors } from './token-vectors.ts'
import { audience, issuer, leewaySeconds, now, records, revocations } from './world.ts'

export const folder = resolve(import.meta.dirname, '../../../../vectors')

/** The text of each file, by its name. */
export function generateVectors(): Readonly<Record<string, string>> {
  const keys = completeKeys(readVectors<{ readonly keys?: Partial<SigningKeys> }>('signing-keys.json')?.keys ?? {})
  const before = readVectors<{ readonly vectors: readonly TokenVector[] }>('tokens.json')?.vectors ?? []
  const warning = 'Test keys. They guard nothing and must never be used for anything else.'
  return {
    'signing-keys.json': textOf({ warning, keys }),
    'verifier.json': textOf({ now, issuer, audience, environment: 'live', leewaySeconds, jwks: publishedKeySet(keys), records, revocations }),
    'credentials.json': textOf({ vectors: credentialVectors() }),
    'networks.json': textOf(networkVectors()),
    'clients.json': textOf(clientVectors()),
    'requests.json': textOf({ vectors: requestVectors() }),
    'tokens.json': textOf({ vectors: tokenVectors(keys, before) }),
  }
}

export function readVectors<T>(name: string): T | undefined {
  const path = resolve(folder, name)
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as T) : undefined
}

function textOf(value: unknown): string {
  return `${JSON.stringify(value, undefined, 1)}\n`
}

if (import.meta.main) {
  mkdirSync(folder, { recursive: true })
  for (const [name, text] of Object.entries(generateVectors())) writeFileSync(resolve(folder, name), text)
}
