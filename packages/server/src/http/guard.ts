/**
 * The guard of /v1: every route there says who may call it, and a route that does not say cannot be mounted (9.1). Who calls is proven before a byte of the body is
 * read, so that a stranger learns nothing from the refusal of a body.
 */
import type { ManagementScope } from '@latchwork/api-keys'
import type { Principal } from '@latchwork/kernel'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Site } from './site.ts'

/** `scope`: a root key that carries it. `person`: somebody, about what is their own, by the token of their session. `open`: nobody needs a credential, for the reason given. */
export type Guard = { readonly scope: ManagementScope } | { readonly person: true } | { readonly open: string }

declare module 'fastify' {
  interface FastifyContextConfig {
    guard?: Guard
  }
}

const rootKeysAlone = ['root_key'] as const
const callers = new WeakMap<FastifyRequest, Principal>()

/** Refuses to mount what does not say who may call it. */
export function closeUnguarded(app: FastifyInstance): void {
  app.addHook('onRoute', ({ url, method, config }) => {
    if (url.startsWith('/v1') && config?.guard === undefined) throw new Error(`${String(method)} ${url} does not say who may call it: give it a guard`)
  })
}

/** `undefined` where anybody may call. @throws Refusal, as `@latchwork/verify` says. */
export function checkCaller(site: Site, request: FastifyRequest): Promise<void> | undefined {
  const guard = request.routeOptions.config?.guard
  if (guard === undefined || 'open' in guard) return undefined
  const proven = 'person' in guard ? site.authenticatePerson(request) : site.authenticate(request, { scopes: [guard.scope], mechanisms: rootKeysAlone })
  return proven.then((caller) => void callers.set(request, caller))
}

/** The root key, or the person, that was proven to call. */
export function callerOf(request: FastifyRequest): Principal {
  const caller = callers.get(request)
  if (caller === undefined) throw new Error('nobody was proven to call: its guard is open')
  return caller
}
