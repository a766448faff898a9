/** Seals anew what a former secret key had sealed, so that the former one can be taken away. */
import type { SigningStore } from './store.ts'
import type { Vault } from './vault.ts'

/** Answers with the number of keys. Each is replaced only if it still is what was read: whoever comes second changes nothing. @throws Error as `Vault.open`. */
export async function renewPrivateHalves(store: SigningStore, vault: Vault): Promise<number> {
  let renewed = 0
  for (const { kid, algorithm, privateHalf } of await store.listSigningKeys()) {
    if (privateHalf === undefined) continue
    const anew = vault.renewed({ kid, algorithm, privateHalf })
    if (anew !== undefined && (await store.replacePrivateHalf(kid, privateHalf, anew))) renewed++
  }
  return renewed
}
