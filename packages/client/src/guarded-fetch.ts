/** Every request of this package: to https or this machine, never following a redirect by itself, in bounded time. */
import { checkAddress } from './address.ts'
import { ClientFailure } from './failure.ts'

const TIMEOUT_MS = 30_000

/** @throws ClientFailure `address_refused`, `no_answer`. */
export async function guardedFetch(address: string | URL, init: RequestInit = {}): Promise<Response> {
  const url = checkAddress(address)
  const timeout = AbortSignal.timeout(TIMEOUT_MS)
  try {
    return await fetch(url, { signal: timeout, ...init, redirect: 'manual' })
  } catch (error) {
    if (error instanceof ClientFailure) throw error
    const { name, cause } = error as { readonly name?: string; readonly cause?: { readonly code?: string; readonly message?: string } }
    const why = name === 'TimeoutError' ? 'does not answer in time' : `cannot be reached (${cause?.code ?? cause?.message ?? 'no connection'})`
    throw new ClientFailure('no_answer', `${url.origin} ${why}.`, 'Check the address and the network, then try again.', error)
  }
}
