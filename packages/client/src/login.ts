/** From what a person knows to a profile that is kept. Nothing is written before the credential is there. */
import { checkAddress, checkOrigin } from './address.ts'
import { ClientFailure } from './failure.ts'
import type { ProfileStore } from './keep/profiles.ts'
import type { LoginTalk } from './login-talk.ts'
import { tokenClientOf } from './oauth/client-of.ts'
import { loginByCode } from './oauth/code-flow.ts'
import { loginByDevice } from './oauth/device-flow.ts'
import { makeDpopKey } from './oauth/dpop.ts'
import { loginFailureOf } from './oauth/refused.ts'
import { takeClientTokens } from './oauth/tokens-for-client.ts'
import { type ClientAuthenticationMethod, checkProfileName, type Profile, type ProfileSecrets, type ProfileType, type Tokens } from './profile.ts'
import { signIn } from './session/session.ts'

export interface LoginWish {
  readonly name: string
  readonly type: ProfileType
  /** Where the credential may be sent, beside the server's own origin. */
  readonly origins: readonly string[]
  readonly headerName?: string
  readonly server?: string
  readonly client?: { readonly id: string; readonly authentication: ClientAuthenticationMethod }
  readonly scope?: string
  readonly resource?: string
  readonly dpop?: true
  readonly redirectPath?: string
  readonly secrets: Pick<ProfileSecrets, 'apiKey' | 'clientSecret' | 'clientKey'>
  /** Of a session. */
  readonly email?: string
  readonly password?: string
}

/** @param replace whether a profile of this name may be there. @throws ClientFailure. */
export async function login(store: ProfileStore, wish: LoginWish, talk: LoginTalk, replace: boolean): Promise<Profile> {
  checkProfileName(wish.name)
  return store.lock(wish.name, async () => {
    if (!replace && store.has(wish.name))
      throw new ClientFailure('profile_exists', `There is a profile ${wish.name} already.`, 'Take another name, or --replace it.')
    const profile = profileOf(wish, talk.now())
    await store.write({ profile, secrets: await earn(profile, wish, talk).catch((error: unknown) => Promise.reject(loginFailureOf(error))) })
    return profile
  })
}

function profileOf(wish: LoginWish, now: number): Profile {
  const { name, type, headerName, server, client, scope, resource, dpop } = wish
  const ownOrigin = server === undefined ? [] : [checkAddress(server).origin]
  const origins = [...new Set([...ownOrigin, ...wish.origins.map(checkOrigin)])]
  if (origins.length === 0)
    throw new ClientFailure('origin_refused', 'It is not said where this credential may be sent.', 'Name the API: --api https://api.example.com.')
  return {
    name,
    type,
    origins,
    createdAt: now,
    ...(headerName === undefined ? {} : { headerName }),
    ...(server === undefined ? {} : { server }),
    ...(client === undefined ? {} : { client }),
    ...(scope === undefined ? {} : { scope }),
    ...(resource === undefined ? {} : { resource }),
    ...(dpop === undefined ? {} : { dpop }),
  }
}

async function earn(profile: Profile, wish: LoginWish, talk: LoginTalk): Promise<ProfileSecrets> {
  if (profile.type === 'api-key') return { ...wish.secrets }
  if (profile.type === 'session') return signIn(profile.server ?? '', wish.email ?? '', wish.password ?? '', talk.now())
  const secrets = { ...wish.secrets, ...(profile.dpop ? { dpopKey: await makeDpopKey() } : {}) }
  return { ...secrets, tokens: await earnTokens(profile, secrets, wish, talk) }
}

async function earnTokens(profile: Profile, secrets: ProfileSecrets, wish: LoginWish, talk: LoginTalk): Promise<Tokens> {
  const tokenClient = await tokenClientOf(profile, secrets)
  if (profile.type === 'code') return loginByCode(profile, tokenClient, talk, wish.redirectPath ?? '/callback')
  if (profile.type === 'device') return loginByDevice(profile, tokenClient, talk)
  return takeClientTokens(profile, tokenClient, talk.now())
}
