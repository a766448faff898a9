/**
 * `localhost` has two addresses on most machines, IPv4 and IPv6, and a server listens at one. What connects at the others is given to it as a connection of its own, which it may be at any time
 * (`connection`, node:http and node:tls). Fastify would do it, but not where the server is made by us.
 */
import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import type { Server } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'

export interface OtherAddresses {
  /** Nobody new gets in; resolves when those who did are gone. */
  readonly close: () => Promise<void>
}

/** @param server listens at one address of the host. @param onTrouble told of an address that cannot be had: there is no IPv6 at all, or something else listens there. */
export async function listenAtOthers(server: Server, host: string, isTls: boolean, onTrouble: (error: Error) => void): Promise<OtherAddresses> {
  const { address: first, port } = server.address() as AddressInfo
  const found = await lookup(host, { all: true }).catch((error: Error) => {
    onTrouble(error)
    return []
  })
  const addresses = new Set(found.map(({ address }) => address).filter((address) => address !== first))
  const others = await Promise.all(
    [...addresses].map(async (address) => {
      const other = createServer({ allowHalfOpen: !isTls, noDelay: true }, (socket) => server.emit('connection', socket)) // as Node makes its own
      const listening = once(other.on('error', onTrouble), 'listening')
      other.listen(port, address)
      await listening.catch(() => {}) // told already
      return other
    }),
  )
  return {
    close: async () => {
      await Promise.all(others.filter(({ listening }) => listening).map((other) => once(other.close(), 'close')))
    },
  }
}
