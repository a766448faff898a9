/** Which methods an address takes: asked only when a request was for none of them (RFC 9110 §15.5.6). */
import type { FastifyInstance } from 'fastify'

interface Mounted {
  readonly pattern: RegExp
  readonly methods: readonly string[]
}

/** Call before any route is mounted. Gives the way to ask; empty if nothing is there. */
export function trackMethods(app: FastifyInstance): (path: string) => readonly string[] {
  const mounted: Mounted[] = []
  app.addHook('onRoute', ({ url, method }) => {
    const pattern = new RegExp(`^${url.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:[a-zA-Z]+/g, '[^/]+')}$`)
    mounted.push({ pattern, methods: [method].flat() })
  })
  return (path) => [...new Set(mounted.filter(({ pattern }) => pattern.test(path)).flatMap(({ methods }) => methods))].sort()
}
