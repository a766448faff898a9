/** A TCP proxy before a database, which can be cut, fall silent, and come back at the same address. */
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

export interface Proxy {
  /** The URL with this proxy's address in it. */
  readonly url: string
  /** Ends every connection, and takes none. */
  readonly cut: () => Promise<void>
  /** Keeps every connection, and passes nothing on. */
  readonly silence: () => void
  readonly restore: () => Promise<void>
  readonly close: () => Promise<void>
}

export async function startProxy(target: string): Promise<Proxy> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  let silent = false
  let server: Server | undefined

  function accept(client: Socket): void {
    const upstream = connect(Number(port), hostname)
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from)
      from.on('data', (chunk) => void (silent || to.write(chunk)))
      from.on('error', () => {})
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
    }
  }

  async function listen(at: number): Promise<number> {
    const opened = createServer(accept)
    server = opened
    await new Promise<void>((resolve, reject) => opened.once('error', reject).listen(at, '127.0.0.1', resolve))
    return (opened.address() as AddressInfo).port
  }

  async function cut(): Promise<void> {
    const closing = server
    server = undefined
    const closed = new Promise<void>((resolve) => (closing === undefined ? resolve() : closing.close(() => resolve())))
    for (const socket of sockets) socket.destroy()
    await closed
  }

  const ownPort = await listen(0)
  const url = new URL(target)
  url.hostname = '127.0.0.1'
  url.port = String(ownPort)
  return {
    url: url.href,
    cut,
    silence: () => {
      silent = true
    },
    async restore() {
      silent = false
      if (server === undefined) await listen(ownPort)
    },
    close: cut,
  }
}
