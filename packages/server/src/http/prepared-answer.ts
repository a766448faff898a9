/**
 * Answers to programs whose text is known before they are asked for, or nearly so: written in one piece, past serialisation and every hook behind the handler. For
 * the few routes that are called at every request of somebody else's API.
 */
import type { ServerResponse } from 'node:http'
import type { FastifyReply } from 'fastify'
import type { Site } from './site.ts'

/** Status and fields, ready to be written. */
export interface PreparedHead {
  readonly status: number
  /** Name, value, name, value …; all but the length. */
  readonly fields: readonly string[]
}

/** The fields that go with every answer, and these. */
export function prepareHead(site: Site, status: number, fields: Readonly<Record<string, string>>): PreparedHead {
  return { status, fields: Object.entries({ ...site.headers, ...fields }).flat() }
}

/** A text as the characters that stand for its UTF-8 bytes: what `sendPrepared` takes. */
export function bytesAsText(text: string): string {
  return Buffer.byteLength(text) === text.length ? text : Buffer.from(text).toString('latin1')
}

/** @param body made of `bytesAsText`, or plain ASCII: one character a byte, so that head and body leave as one string. */
export function writePrepared(response: ServerResponse, head: PreparedHead, body: string): void {
  response.writeHead(head.status, [...head.fields, 'content-length', String(body.length)])
  response.end(body, 'latin1')
}

/** The same past the framework's own way of sending. */
export function sendPrepared(reply: FastifyReply, head: PreparedHead, body: string): void {
  reply.hijack()
  writePrepared(reply.raw, head, body)
}
