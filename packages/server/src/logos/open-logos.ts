/**
 * Logos of applications: fetched once for many, looked at, and kept in the memory of this node for a day, so that no browser asks somebody else for them. A logo that
 * cannot be had is not asked for again for some minutes.
 */
import type { Clock } from '@latchwork/kernel'
import { type Client, shownLogoUri } from '@latchwork/oauth'
import { type GuardedFetch, OutboundError } from '../outbound/guarded-fetch.ts'
import { type PictureType, readPicture } from './picture.ts'

export interface Logo {
  readonly mediaType: PictureType
  readonly body: Buffer
}

export interface Logos {
  /** The logo of a client as it is registered now, fetched if it is not kept; `undefined` where it has none that may be shown, or it cannot be had. Never rejects. */
  readonly find: (client: Client) => Promise<Logo | undefined>
  /** Whether it could not be had a moment ago: then pages leave it out. */
  readonly hasFailed: (client: Client) => boolean
}

export interface LogoNeeds {
  readonly fetch: GuardedFetch
  readonly clock: Clock
  readonly onTrouble: (message: string, cause?: unknown) => void
}

export const MAX_LOGO_BYTES = 256 * 1024
export const MAX_LOGO_SIDE = 2048
const MAX_KEPT = 200
const MAX_KEPT_BYTES = 16 * 1024 * 1024
const MAX_AT_ONCE = 8
const TIMEOUT_MS = 5000
const KEPT_MS = { asked: Number.POSITIVE_INFINITY, there: 24 * 3_600_000, failed: 5 * 60_000 } as const

interface Kept {
  readonly uri: string
  readonly state: keyof typeof KEPT_MS
  readonly askedAt: number
  readonly bytes: number
  /** One promise for all who ask meanwhile. */
  readonly logo: Promise<Logo | undefined>
}

export function openLogos({ fetch, clock, onTrouble }: LogoNeeds): Logos {
  const shelf = new Map<string, Kept>()
  let bytes = 0
  let asked = 0

  /** What is kept of this address. Of a time to come it is when the clock was set back: how old it is nobody knows. */
  const fresh = (id: string, uri: string): Kept | undefined => {
    const kept = shelf.get(id)
    const age = clock.now() - (kept?.askedAt ?? 0)
    return kept?.uri === uri && age >= 0 && age < KEPT_MS[kept.state] ? kept : undefined
  }
  const drop = (id: string): void => {
    bytes -= shelf.get(id)?.bytes ?? 0
    shelf.delete(id)
  }
  const put = (id: string, kept: Kept): void => {
    drop(id)
    shelf.set(id, kept)
    bytes += kept.bytes
    for (const oldest of shelf.keys()) {
      if (shelf.size <= MAX_KEPT && bytes <= MAX_KEPT_BYTES) return
      drop(oldest)
    }
  }
  const ask = async (id: string, uri: string): Promise<Logo | undefined> => {
    asked++
    const got = await fetchLogo(fetch, uri)
    asked--
    if ('failed' in got) onTrouble(`the logo of the client ${id} is not shown: ${got.failed}`, got.cause)
    const logo = 'failed' in got ? undefined : got
    const kept = shelf.get(id)
    // Else the client has another logo by now, or none, and this one is not kept.
    if (kept?.state === 'asked' && kept.uri === uri)
      put(id, { ...kept, state: logo === undefined ? 'failed' : 'there', bytes: logo?.body.length ?? 0, logo: Promise.resolve(logo) })
    return logo
  }
  return {
    find: async (client) => {
      const uri = shownLogoUri(client)
      if (uri === undefined) return void drop(client.id)
      const kept = fresh(client.id, uri)
      if (kept !== undefined) return kept.logo
      if (asked >= MAX_AT_ONCE) return undefined // the page stands without it; the next one asks again
      const askedAt = clock.now()
      const logo = ask(client.id, uri)
      put(client.id, { uri, state: 'asked', askedAt, bytes: 0, logo })
      return logo
    },
    hasFailed: (client) => {
      const uri = shownLogoUri(client)
      return uri !== undefined && fresh(client.id, uri)?.state === 'failed'
    },
  }
}

type Fetched = Logo | { readonly failed: string; readonly cause?: unknown }

async function fetchLogo(fetch: GuardedFetch, uri: string): Promise<Fetched> {
  try {
    const headers = { accept: 'image/png, image/jpeg, image/webp, image/gif' }
    const { status, body } = await fetch(uri, { method: 'GET', headers, timeoutMs: TIMEOUT_MS, maxBytes: MAX_LOGO_BYTES })
    if (status !== 200) return { failed: `its address answered ${status}` } // redirects are not followed
    const picture = readPicture(body)
    if (picture === undefined) return { failed: 'it is no PNG, JPEG, WebP or GIF' }
    if (picture.width > MAX_LOGO_SIDE || picture.height > MAX_LOGO_SIDE)
      return { failed: `it has ${picture.width} × ${picture.height} pixels, more than ${MAX_LOGO_SIDE} × ${MAX_LOGO_SIDE}` }
    return { mediaType: picture.mediaType, body }
  } catch (error) {
    return error instanceof OutboundError ? { failed: error.message } : { failed: 'it could not be fetched', cause: error }
  }
}
