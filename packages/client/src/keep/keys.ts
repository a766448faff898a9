/** Which key opens and seals a profile: that of the system's keyring, or one stretched from a passphrase. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { ClientFailure } from '../failure.ts'
import { keyOfKeyring } from './keyring.ts'
import { withLock } from './lock.ts'
import { keyOfPassphrase } from './seal.ts'

const SHORTEST_PASSPHRASE = 8

export interface KeySources {
  /** A passphrase that is there without asking (environment, file): it goes before the keyring. */
  readonly passphrase?: string
  /** Asks for one. `isNew`: to seal something for the first time. */
  readonly askPassphrase: (isNew: boolean) => Promise<string>
}

interface Key {
  readonly sealedBy: 'keyring' | 'passphrase'
  readonly key: Buffer
  readonly salt?: string
}

export function keysOf(folder: string, { passphrase: given, askPassphrase }: KeySources) {
  let passphrase = given
  const stretched = new Map<string, Promise<Buffer>>()
  let sealing: Promise<Key> | undefined
  const ofPassphrase = async (salt: string, isNew: boolean): Promise<Buffer> => {
    passphrase ??= await askPassphrase(isNew)
    const key = stretched.get(salt) ?? keyOfPassphrase(passphrase, Buffer.from(salt, 'base64url'))
    stretched.set(salt, key)
    return key
  }
  const byPassphrase = async (): Promise<Key> => {
    const salt = [...stretched.keys()][0] ?? randomBytes(16).toString('base64url')
    const key = await ofPassphrase(salt, true)
    if ((passphrase?.length ?? 0) < SHORTEST_PASSPHRASE)
      throw new ClientFailure(
        'storage_failed',
        `The passphrase is shorter than ${SHORTEST_PASSPHRASE} characters.`,
        'Take a longer one: `latchwork generate passphrase` makes some.',
      )
    return { sealedBy: 'passphrase', key, salt }
  }
  const choose = async (): Promise<Key> => {
    if (passphrase !== undefined) return byPassphrase()
    const key = await withLock(join(folder, 'keyring.lock'), () => keyOfKeyring(true))
    return key === undefined ? byPassphrase() : { sealedBy: 'keyring', key }
  }
  return {
    toSeal: () => (sealing ??= choose()),
    async toOpen(file: Pick<Key, 'sealedBy' | 'salt'>): Promise<Buffer> {
      if (file.sealedBy === 'passphrase') return ofPassphrase(file.salt ?? '', false)
      const key = await keyOfKeyring(false)
      if (key !== undefined) {
        sealing ??= Promise.resolve({ sealedBy: 'keyring', key })
        return key
      }
      throw new ClientFailure(
        'storage_failed',
        'The keyring of this system does not answer, and the profile is sealed by it.',
        'Unlock the keyring, or log in again with LATCHWORK_PASSPHRASE_FILE set.',
      )
    },
  }
}
