/** Profiles on this machine: one file each, what may be shown in clear, the secrets sealed, both bound to one another. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ClientFailure } from '../failure.ts'
import { checkProfileName, type KeptProfile, type Profile, type ProfileSecrets } from '../profile.ts'
import { type KeySources, keysOf } from './keys.ts'
import { withLock } from './lock.ts'
import { type Sealed, seal, unseal } from './seal.ts'
import { writeWhole } from './write-file.ts'

export type ListedProfile = Profile & { readonly sealedBy: 'keyring' | 'passphrase' }

export interface ProfileStore {
  /** Files that are not what was written are told by name: one of them hides no other. */
  readonly list: () => { readonly profiles: readonly ListedProfile[]; readonly damaged: readonly string[] }
  readonly has: (name: string) => boolean
  /** @throws ClientFailure `profile_unknown`, `profile_damaged`. */
  readonly read: (name: string) => Promise<KeptProfile>
  readonly write: (kept: KeptProfile) => Promise<void>
  readonly remove: (name: string) => void
  /** One process at a time for this profile. */
  readonly lock: <T>(name: string, act: () => Promise<T>) => Promise<T>
}

interface ProfileFile {
  readonly version: 1
  readonly profile: Profile
  readonly sealedBy: 'keyring' | 'passphrase'
  readonly salt?: string
  readonly sealed: Sealed
}

export function openProfileStore(folder: string, sources: KeySources): ProfileStore {
  storing(() => mkdirSync(folder, { recursive: true, mode: 0o700 }))
  const pathOf = (name: string): string => join(folder, `${checkProfileName(name)}.json`)
  const keys = keysOf(folder, sources)
  return {
    list: () => listFolder(folder),
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
      const sealed = seal(JSON.stringify(secrets), how.key, besideOf(file))
      storing(() => writeWhole(pathOf(profile.name), `${JSON.stringify({ ...file, sealed }, null, 2)}\n`))
    },
    remove: (name) => rmSync(pathOf(name), { force: true }),
    lock: (name, act) => withLock(join(folder, `${checkProfileName(name)}.lock`), act),
  }
}

function listFolder(folder: string): ReturnType<ProfileStore['list']> {
  const names = readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -5))
    .sort()
  const read = names.map((name) => ({ name, file: attempt(() => readProfileFile(join(folder, `${name}.json`), name)) }))
  return {
    profiles: read.flatMap(({ file }) => (file === undefined ? [] : [{ ...file.profile, sealedBy: file.sealedBy }])),
    damaged: read.filter(({ file }) => file === undefined).map(({ name }) => name),
  }
}

function attempt<T>(act: () => T): T | undefined {
  try {
    return act()
  } catch {
    return undefined
  }
}

/** @throws ClientFailure `storage_failed` where the disk does not do it. */
function storing(act: () => unknown): void {
  try {
    act()
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException
    throw new ClientFailure(
      'storage_failed',
      `${path ?? 'The place of the profiles'} cannot be written (${code}).`,
      'Name a folder that you may write to: LATCHWORK_CLIENT_FOLDER.',
      error,
    )
  }
}

const besideOf = ({ profile, sealedBy, salt }: Omit<ProfileFile, 'sealed'>): string => JSON.stringify([1, sealedBy, salt ?? '', profile])

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
