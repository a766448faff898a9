/** How this application writes answers. */
import type { ServerResponse } from 'node:http'
import type { Html } from './html.ts'
import { page } from './pages.ts'

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
