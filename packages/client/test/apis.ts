/** Real APIs on this machine: each says what it was sent, or what a route of it says. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { TestContext } from 'node:test'

export interface Received {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly headers: IncomingMessage['headers']
}

export interface Api {
  readonly url: string
  readonly received: Received[]
}

export async function startApi(
  t: TestContext,
  answer: (request: IncomingMessage, response: ServerResponse) => void = (_, response) => response.end('{}'),
): Promise<Api> {
  const received: Received[] = []
  const server = createServer(
    ({ method, url, headers }, response) => received.push({ method, url, headers }) && answer({ method, url, headers } as IncomingMessage, response),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  const address = server.address()
  return { url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`, received }
}
