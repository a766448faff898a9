/**
 * Reads a request that can be read in one way only. Whoever stands in front, Node's parser and this one find the same method, path, fields and body in it, or it is not read here: no field twice, no
 * field that says how the message is framed but one length, no line folding, no bare line feed, nothing but printable ASCII (RFC 9112 §2.2, §5, §6.3, §11.2).
 */
import type { IncomingMessage } from 'node:http'
import { isHost } from '../readable.ts'

export interface PlainRequest {
  /** As it was sent; never anything but a path. */
  readonly url: string
  readonly headers: IncomingMessage['headers']
  /** Name, value, name, value …, as they were sent. */
  readonly rawHeaders: readonly string[]
  /** Where in the bytes the body begins. */
  readonly bodyAt: number
  /** Where in the bytes the request ends: beyond the last one, where the body is still to come. */
  readonly end: number
}

/** Far more than the callers of an API send; Node takes twice as much. */
const MAX_HEAD_BYTES = 8 * 1024
const REQUEST_LINE = /^POST (\/[\w./-]{1,100}) HTTP\/1\.1\r\n/
const FIELD = /([A-Za-z\d-]+): ?([!-~](?:[ -~]*[!-~])?)\r\n/y
const SHORT_LENGTH = /^[1-9]\d{0,3}$/
/** They change how a message is read, or what is to be answered before the whole of it has come. Node's HTTP knows them. */
const unusual = new Set(['transfer-encoding', 'content-encoding', 'trailer', 'expect', 'upgrade', 'proxy-connection', 'set-cookie', 'http2-settings'])

/** @param bytes one character each (Latin-1). `undefined` for what is no POST of a short body, is not whole up to the body, or could be read in another way. */
export function readPlainRequest(bytes: string): PlainRequest | undefined {
  const url = REQUEST_LINE.exec(bytes)?.[1]
  if (url === undefined) return undefined
  const headers: Record<string, string> = {}
  const rawHeaders: string[] = []
  let at = url.length + 'POST  HTTP/1.1\r\n'.length
  while (!bytes.startsWith('\r\n', at)) {
    FIELD.lastIndex = at
    const field = FIELD.exec(bytes)
    if (field === null || FIELD.lastIndex > MAX_HEAD_BYTES) return undefined
    at = FIELD.lastIndex
    const [, rawName, value] = field as unknown as readonly [string, string, string]
    const name = rawName.toLowerCase()
    if (headers[name] !== undefined || unusual.has(name)) return undefined
    headers[name] = value
    rawHeaders.push(rawName, value)
  }
  const { host, connection = 'keep-alive', 'content-length': length } = headers
  if (host === undefined || !isHost(host) || connection.toLowerCase() !== 'keep-alive' || length === undefined || !SHORT_LENGTH.test(length)) return undefined
  const bodyAt = at + 2
  return { url, headers, rawHeaders, bodyAt, end: bodyAt + Number(length) }
}
