/** The operating system's keyring. It holds one random key, under which the profiles are sealed: keyrings bound what fits into an entry, and one read opens all. */
import { randomBytes } from 'node:crypto'

const SERVICE = 'latchwork'
const ACCOUNT = 'profiles'

/** The key; `undefined` where no keyring answers (no Secret Service on this session, a locked one, another platform). Made if there is none and `make` says so. */
export async function keyOfKeyring(make: boolean): Promise<Buffer | undefined> {
  try {
    const { AsyncEntry } = await import('@napi-rs/keyring')
    // The kernel's own key store forgets at a restart: it is no place to keep anything.
    const entry = new AsyncEntry(SERVICE, ACCOUNT, { linux: { store: 'secret-service' } })
    const found = await entry.getPassword()
    if (found) return keyOf(found)
    if (!make) return undefined
    await entry.setPassword(randomBytes(32).toString('base64url'))
    return keyOf((await entry.getPassword()) ?? '')
  } catch {
    return undefined
  }
}

function keyOf(text: string): Buffer | undefined {
  const key = Buffer.from(text, 'base64url')
  return key.length === 32 ? key : undefined
}
