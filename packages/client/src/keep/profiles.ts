/** Profiles on this machine: one file each, what may be shown in clear, the secrets sealed, both bound to one another. */
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ClientFailure } from '../failure.ts'
import { checkProfileName, type KeptProfile, type Profile, type ProfileSecrets } from '../profile.ts'
import { keyOfKeyring } from './keyring.ts'
import { withLock } from './lock.ts'
import { keyOfPassphrase, type Sealed, seal, unseal } from './seal.ts'
import { writeWhole } from './write-file.ts'

export interface ProfileStore {
  readonly list: () => readonly (Profile & { readonly sealedBy: 'keyring' | 'passphrase' })[]
  readonly has: (name: string) => boolean
  /** @throws ClientFailure `profile_unknown`, `profile_damaged`. */
  readonly read: (name: string) => Promise<KeptProfile>
  readonly write: (kept: KeptProfile) => Promise<void>
  readonly remove: (name: string) => void
  /** One process at a time for this profile. */
  readonly lock: <T>(name: string, act: () => Promise<T>) => Promise<T>
}

export interface KeySources {
  /** A passphrase that is there without asking (environment, file): it goes before the keyring. */
  readonly passphrase?: string
  /** Asks for one. `isNew`: to seal something for the first time. */
  readonly askPassphrase: (isNew: boolean) => Promise<string>
}

interface ProfileFile {
  readonly version: 1
  readonly profile: Profile
  readonly sealedBy: 'keyring' | 'passphrase'
  readonly salt?: string
  readonly sealed: Sealed
}

const SHORTEST_PASSPHRASE = 8

export function openProfileStore(folder: string, sources: KeySources): ProfileStore {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const pathOf = (name: string): string => join(folder, `${checkProfileName(name)}.json`)
  const keys = keysOf(folder, sources)
  return {
    list: () =>
      readdirSync(folder)
        .filter((file) => file.endsWith('.json'))
        .sort()
        .map((file) => {
          const { profile, sealedBy } = readProfileFile(join(folder, file), file.slice(0, -5))
          return { ...profile, sealedBy }
        }),
    has: (name) => existsSync(pathOf(name)),
    async read(name) {
      const file = readProfileFile(pathOf(name), name)
      const text = unseal(file.sealed, await keys.toOpen(file), besideOf(file))
      if (text === undefined)
        throw damaged(
          name,
          file.sealedBy === 'passphrase'
            ? 'The passphrase is another, or the file was changed.'
            : 'The key in the keyring is another, or the file was changed.',
        )
      return { profile: file.profile, secrets: JSON.parse(text) as ProfileSecrets }
    },
    async write({ profile, secrets }) {
      const how = await keys.toSeal()
      const file = { version: 1, profile, sealedBy: how.sealedBy, ...(how.salt === undefined ? {} : { salt: how.salt }) } as const
      writeWhole(pathOf(profile.name), `${JSON.stringify({ ...file, sealed: seal(JSON.stringify(secrets), how.key, besideOf(file)) }, null, 2)}\n`)
    },
    remove: (name) => rmSync(pathOf(name), { force: true }),
    lock: (name, act) => withLock(join(folder, `${checkProfileName(name)}.lock`), act),
  }
}

const besideOf = ({ profile, sealedBy, salt }: Omit<ProfileFile, 'sealed'>): string => JSON.stringify([1, sealedBy, salt ?? '', profile])

interface Key {
  readonly sealedBy: 'keyring' | 'passphrase'
  readonly key: Buffer
  readonly salt?: string
}

function keysOf(folder: string, { passphrase: given, askPassphrase }: KeySources) {
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
    async toOpen(file: ProfileFile): Promise<Buffer> {
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

function readProfileFile(path: string, name: string): ProfileFile {
  try {
    const file = JSON.parse(readFileSync(path, 'utf8')) as ProfileFile
    if (file.version === 1 && file.profile?.name === name && Array.isArray(file.profile.origins) && typeof file.sealed?.data === 'string') return file
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new ClientFailure(
        'profile_unknown',
        `There is no profile ${name}.`,
        '`latchwork request profiles` shows those there are; `latchwork request login` makes one.',
      )
  }
  throw damaged(name, 'The file is not what was written.')
}

function damaged(name: string, why: string): ClientFailure {
  return new ClientFailure(
    'profile_damaged',
    `The profile ${name} does not open. ${why}`,
    `Give the right passphrase, or log in again: latchwork request login ${name} --replace …`,
  )
}
