/**
 * The guard of /v1: every route there says who may call it, and a route that does not say cannot be mounted (9.1). Who calls is proven before a byte of the body is
 * read, so that a stranger learns nothing from the refusal of a body.
 */

import type { ManagementScope } from '@latchwork/api-keys'
import { type Principal, Refusal } from '@latchwork/kernel'
import type { FastifyInstance, FastifyRequest, onRequestHookHandler } from 'fastify'
import type { ArrivedRequest } from './arrived-request.ts'
import type { Site } from './site.ts'

/** `scope`: a root key that carries it. `person`: somebody, about what is their own, by the token of their session. `open`: nobody needs a credential, for the reason given. */
export type Guard = { readonly scope: ManagementScope } | { readonly person: true } | { readonly open: string }

declare module 'fastify' {
  interface FastifyContextConfig {
    guard?: Guard
  }
  interface FastifyRequest {
    /** The root key, or the person, that was proven to call; null where anybody may. Read it by `callerOf`. */
    caller: Principal | null
  }
}

/** Puts each route's guard before it, and refuses to mount what does not say who may call it. */
export function guardRoutes(app: FastifyInstance, site: Site): void {
  app.decorateRequest('caller', null)
  app.addHook('onRoute', (route) => {
    const guard = route.config?.guard
    if (guard === undefined && route.url.startsWith('/v1'))
      throw new Error(`${String(route.method)} ${route.url} does not say who may call it: give it a guard`)
    if (guard !== undefined && !('open' in guard)) route.onRequest = [checkCaller(site, guard), ...[route.onRequest ?? []].flat()]
  })
}

/** Refuses, as `@latchwork/verify` says. No promise where the caller is remembered. */
function checkCaller(site: Site, guard: Exclude<Guard, { readonly open: string }>): onRequestHookHandler {
  const prove = 'person' in guard ? site.authenticatePerson : provesRootKey(site, guard.scope)
  return (request, _reply, done) => {
    const caller = prove(request)
    const goOn = (proven: Principal): void => {
      request.caller = proven
      done()
    }
    if (caller instanceof Promise) caller.then(goOn, done)
    else if (caller instanceof Refusal) done(caller)
    else goOn(caller)
  }
}

/** Proves that a root key with the scope calls. What has not the form of one comes back as a refusal; @throws Refusal, or rejects with one, for all else. */
export function provesRootKey(site: Site, scope: ManagementScope): (request: ArrivedRequest) => Principal | Refusal | Promise<Principal> {
  const needs = { scopes: [scope], mechanisms: ['root_key'] } as const
  return (request) => site.answerRootKey(request, needs)
}

/** The root key, or the person, that was proven to call. */
export function callerOf(request: FastifyRequest): Principal {
  if (request.caller === null) throw new Error('nobody was proven to call: its guard is open')
  return request.caller
}
