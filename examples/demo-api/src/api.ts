/**
 * Notes: an API that takes API keys, session tokens and OAuth tokens alike. `protect` stands before each route and says which scope it needs; what is behind it only ever
 * sees callers who are known, and may.
 */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createVerifier, protect, protectedResource } from '@latchwork/verify'
import { howToCall } from './how-to-call.ts'
import { LONGEST_NOTE, Notes } from './notes.ts'
import type { Settings } from './settings.ts'

export interface RunningApi {
  /** Its address, and the audience its tokens must name. */
  readonly url: string
  readonly close: () => Promise<void>
}

const LARGEST_BODY_BYTES = 4096

export async function startApi(settings: Settings): Promise<RunningApi> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(settings.port, 'localhost', resolve)
  })
  const url = `http://localhost:${(server.address() as AddressInfo).port}`
  const verifier = createVerifier({ issuer: settings.issuer, audience: url, rootKey: settings.rootKey, environment: 'both', development: true })
  const notes = new Notes()
  const metadata = protectedResource({ resource: url, authorizationServers: [settings.issuer], scopes: ['notes:read', 'notes:write'], name: 'Notes' })
  const challenge = { realm: 'notes', problemTypes: `${settings.issuer}/errors/`, resource: metadata }

  const routes: Readonly<Record<string, RequestListener>> = {
    'GET /': (_request, response) => send(response, 200, 'text/html; charset=utf-8', howToCall(url, settings.issuer)),

    'GET /notes': protect(
      verifier,
      { scopes: ['notes:read'] },
      (_request, response, caller) => sendJson(response, 200, { notes: notes.of(caller), caller }),
      challenge,
    ),

    'POST /notes': protect(
      verifier,
      { scopes: ['notes:write'] },
      async (request, response, caller) => {
        const text = textOf(await readBody(request))
        if (text === undefined) return sendProblem(response, 400, 'Not a note', `Send {"text": "…"} of 1 to ${LONGEST_NOTE} characters as application/json.`)
        sendJson(response, 201, { note: notes.add(caller, text, new Date()), caller })
      },
      challenge,
    ),
  }

  server.on('request', (request, response) => {
    const route = routes[`${request.method} ${new URL(request.url ?? '/', url).pathname}`]
    if (route !== undefined) route(request, response)
    else metadata.handler(request, response, () => sendProblem(response, 404, 'Not found', 'There are GET /notes and POST /notes.'))
  })

  const close = async () => {
    verifier.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { url, close }
}

/** `undefined` when it is longer than it may be. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length
    if (size > LARGEST_BODY_BYTES) return undefined
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

function textOf(body: string | undefined): string | undefined {
  try {
    const { text } = JSON.parse(body ?? '') as { readonly text?: unknown }
    return typeof text === 'string' && text.length > 0 && text.length <= LONGEST_NOTE ? text : undefined
  } catch {
    return undefined
  }
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  send(response, status, 'application/json', JSON.stringify(value))
}

/** RFC 9457, as refusals are told too. */
function sendProblem(response: ServerResponse, status: number, title: string, detail: string): void {
  send(response, status, 'application/problem+json', JSON.stringify({ type: 'about:blank', title, status, detail }))
}

function send(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }).end(text)
}
