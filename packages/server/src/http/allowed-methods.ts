/** What is mounted at an address: asked only for preflights, and when a request was for nothing that is there (RFC 9110 §9.3.7, §15.5.6). */
import type { FastifyInstance } from 'fastify'
import { forAnyOrigin } from './any-origin.ts'
import type { Dialect } from './render-refusal.ts'

export interface Address {
  /** The methods it takes; empty if nothing is there. */
  readonly methods: readonly string[]
  /** How its routes tell refusals; where nothing is there, those beside it. `undefined`: as the request would have it. */
  readonly dialect: Dialect | undefined
  /** Whether applications of any origin may read its answers. */
  readonly isForAnyOrigin: boolean
}

declare module 'fastify' {
  interface FastifyInstance {
    addressAt: (path: string) => Address
  }
}

interface Mounted extends Address {
  readonly pattern: RegExp
  readonly firstPart: string
  readonly hasParameter: boolean
}

/** Call before any route is mounted. Gives the way to ask. */
export function trackRoutes(app: FastifyInstance): (path: string) => Address {
  const mounted: Mounted[] = []
  app.addHook('onRoute', ({ url, method, config, onRequest }) => {
    mounted.push({
      pattern: new RegExp(`^${url.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:[a-zA-Z]+/g, '[^/]+')}$`),
      firstPart: firstPartOf(url),
      hasParameter: url.includes(':'),
      methods: [method].flat(),
      dialect: config?.dialect,
      isForAnyOrigin: [onRequest].flat().includes(forAnyOrigin.onRequest),
    })
  })
  return (path) => {
    const found = mounted.filter(({ pattern }) => pattern.test(path))
    const own = found.filter(({ hasParameter }) => !hasParameter) // /v1/keys/verify is no key of that name
    const there = own.length > 0 ? own : found
    const near = there.length > 0 ? there : mounted.filter(({ firstPart }) => firstPart === firstPartOf(path))
    return {
      methods: [...new Set(there.flatMap(({ methods }) => methods))].sort(),
      dialect: (['oauth', 'page'] as const).find((wanted) => near.some(({ dialect }) => dialect === wanted)),
      isForAnyOrigin: near.some(({ isForAnyOrigin }) => isForAnyOrigin),
    }
  }
}

function firstPartOf(path: string): string {
  return path.split('/', 2)[1] ?? ''
}
