/** Where the browser comes back to: one address of this machine, open for one answer (RFC 8252 §7.3). */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { ClientFailure } from '../failure.ts'

export interface Loopback {
  readonly redirectUri: string
  /** The answer whose `state` is ours; others are turned away and waited past, so that no page can end the login. */
  readonly answer: (state: string) => Promise<URL>
  readonly close: () => void
}

const PATIENCE_MS = 300_000
const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'",
  connection: 'close',
}

export async function openLoopback(path: string): Promise<Loopback> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string')
    throw new ClientFailure('callback_refused', 'No port of this machine could be opened.', 'Use --type device instead.')
  const host = `127.0.0.1:${address.port}`
  const close = (): void => {
    server.close()
    server.closeAllConnections()
  }
  return { redirectUri: `http://${host}${path}`, answer: (state) => waitFor(server, host, path, state), close }
}

function waitFor(server: ReturnType<typeof createServer>, host: string, path: string, state: string): Promise<URL> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () =>
        reject(
          new ClientFailure(
            'browser_timeout',
            'Nobody came back from the browser within five minutes.',
            'Start the login again; on a machine without a browser use --type device.',
          ),
        ),
      PATIENCE_MS,
    )
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const url = urlOf(request, host)
      if (request.method !== 'GET' || url?.pathname !== path) return turnAway(response, 404, 'There is nothing here.')
      if (url.searchParams.get('state') !== state) return turnAway(response, 400, 'This is no answer to the login that waits here.')
      clearTimeout(timer)
      const text = url.searchParams.has('error') ? 'The login was refused. The terminal says why.' : 'You can close this page and go back to the terminal.'
      response.writeHead(200, HEADERS).end(page(text), () => resolve(url))
    })
  })
}

/** Of a request that was meant for us: another `Host` is somebody's name pointed at this machine. */
function urlOf(request: IncomingMessage, host: string): URL | undefined {
  const text = `http://${host}${request.url ?? ''}`
  return request.headers.host === host && request.url?.startsWith('/') && URL.canParse(text) ? new URL(text) : undefined
}

function turnAway(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, HEADERS).end(page(text))
}

const page = (text: string): string => `<!doctype html><html lang="en"><title>Latchwork</title><h1>${text}</h1></html>\n`
