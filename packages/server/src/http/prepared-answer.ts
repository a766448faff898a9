/**
 * Answers to programs whose text is known before they are asked for, or nearly so: written in one piece, past serialisation and every hook behind the handler. For
 * the few routes that are called at every request of somebody else's API.
 */
import type { ServerResponse } from 'node:http'
import type { FastifyReply } from 'fastify'
import { STATUS_CODES, validateHeaderName, validateHeaderValue } from './node-http.ts'
import type { Site } from './site.ts'

/** Status and fields, ready to be written. */
export class PreparedHead {
  readonly status: number
  /** Name, value, name, value …; all but the length. */
  readonly fields: readonly string[]
  #text: string | undefined

  constructor(status: number, fields: readonly string[]) {
    this.status = status
    this.fields = fields
  }

  /** The status line and the fields as they are sent, each with its line's end. @throws TypeError for a field that would end its line itself, or is none. */
  get text(): string {
    this.#text ??= textOf(this)
    return this.#text
  }
}

/** The fields that go with every answer, and these. */
export function prepareHead(site: Site, status: number, fields: Readonly<Record<string, string>>): PreparedHead {
  return new PreparedHead(status, Object.entries({ ...site.headers, ...fields }).flat())
}

function textOf({ status, fields }: PreparedHead): string {
  let text = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n`
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [name = '', value = ''] = [fields[at], fields[at + 1]]
    validateHeaderName(name)
    validateHeaderValue(name, value)
    text += `${name}: ${value}\r\n`
  }
  return text
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
