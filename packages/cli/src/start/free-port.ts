/** Ports for the demo's processes. */
import { createServer } from 'node:net'

/** The preferred port if nothing listens there, else any free one. Somebody may take it meanwhile: whoever listens then says so. */
export async function freePort(preferred: number, host: string, taken: readonly number[] = []): Promise<number> {
  const usable = preferred <= 65_535 && !taken.includes(preferred)
  return ((usable && (await tryPort(preferred, host))) || (await tryPort(0, host))) ?? preferred
}

function tryPort(port: number, host: string): Promise<number | undefined> {
  const { promise, resolve } = Promise.withResolvers<number | undefined>()
  const server = createServer()
  server.once('error', () => resolve(undefined))
  server.listen(port, host, () => {
    const address = server.address()
    server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : undefined))
  })
  return promise
}
