/** A profile's credential as headers of one request; refreshed by itself, by one process at a time. */
import { ClientFailure } from '../failure.ts'
import type { ProfileStore } from '../keep/profiles.ts'
import { makeProof } from '../oauth/dpop.ts'
import { renewOAuth } from '../oauth/refresh.ts'
import type { KeptProfile, ProfileSecrets } from '../profile.ts'
import { renewSession } from '../session/session.ts'

export interface Credential {
  readonly profileName: string
  readonly origins: readonly string[]
  readonly isBound: boolean
  readonly headersFor: (request: {
    readonly method: string
    readonly url: URL
    readonly nonce?: string | undefined
  }) => Promise<Readonly<Record<string, string>>>
  /** Another one in its place, after the API has refused this one; `undefined` if there is no way to get one. */
  readonly renewed: () => Promise<Credential | undefined>
}

/** Tokens are renewed this long before their end, so that none ends on the way. */
const EARLY_MS = 30_000

export async function credentialOf(store: ProfileStore, name: string, now: () => number): Promise<Credential> {
  const kept = await store.read(name)
  const fresh = isFresh(kept.secrets, now()) || kept.profile.type === 'api-key' ? kept : await renew(store, kept, now)
  return credential(store, fresh, now)
}

function isFresh({ tokens }: ProfileSecrets, now: number): boolean {
  return tokens !== undefined && (tokens.expiresAt === undefined || tokens.expiresAt - EARLY_MS > now)
}

/** Under the lock, and only if nobody else has done it meanwhile. What the server gave is on the disk before it is used. */
function renew(store: ProfileStore, used: KeptProfile, now: () => number): Promise<KeptProfile> {
  return store.lock(used.profile.name, async () => {
    const kept = await store.read(used.profile.name)
    const { profile, secrets } = kept
    if (secrets.tokens?.accessToken !== used.secrets.tokens?.accessToken && isFresh(secrets, now())) return kept
    const given = profile.type === 'session' ? await renewSession(profile, secrets, now()) : { tokens: await renewOAuth(profile, secrets, now()) }
    const next = { profile, secrets: { ...secrets, ...given } }
    await store.write(next)
    return next
  })
}

function credential(store: ProfileStore, kept: KeptProfile, now: () => number): Credential {
  const { profile, secrets } = kept
  const canRenew = profile.type === 'session' || profile.type === 'client-credentials' || secrets.tokens?.refreshToken !== undefined
  return {
    profileName: profile.name,
    origins: profile.origins,
    isBound: secrets.dpopKey !== undefined,
    async headersFor({ method, url, nonce }) {
      if (profile.type === 'api-key')
        return { [profile.headerName ?? 'authorization']: `${profile.headerName === undefined ? 'Bearer ' : ''}${secrets.apiKey ?? ''}` }
      const accessToken = secrets.tokens?.accessToken ?? ''
      if (secrets.dpopKey === undefined) return { authorization: `Bearer ${accessToken}` }
      const proof = await makeProof(secrets.dpopKey, { method, url, accessToken, ...(nonce === undefined ? {} : { nonce }) }, now())
      return { authorization: `DPoP ${accessToken}`, dpop: proof }
    },
    async renewed() {
      return canRenew ? credential(store, await renew(store, kept, now), now) : undefined
    },
  }
}

/** @throws ClientFailure `origin_refused`. */
export function checkMayGo({ origins, profileName }: Credential, url: URL): void {
  if (origins.includes(url.origin)) return
  throw new ClientFailure(
    'origin_refused',
    `The profile ${profileName} is not for ${url.origin}.`,
    `It is for ${origins.join(', ')}. Log in again with --api ${url.origin} to allow more.`,
  )
}
