/** How this application reads forms and writes answers. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Html } from './html.ts'
import { page } from './pages.ts'

const LARGEST_FORM_BYTES = 4096

export async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length
    if (size > LARGEST_FORM_BYTES) throw new Error('the form is too large')
    parts.push(part)
  }
  return new URLSearchParams(Buffer.concat(parts).toString('utf8'))
}

export function sendPage(response: ServerResponse, status: number, title: string, body: Html): void {
  response.setHeader('content-security-policy', "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'")
  send(response, status, 'text/html; charset=utf-8', page(title, body))
}

export function send(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' })
  response.end(text)
}

export function redirect(response: ServerResponse, address: string): void {
  response.writeHead(303, { location: address, 'cache-control': 'no-store' })
  response.end()
}
