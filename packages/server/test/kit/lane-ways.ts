/** One call by each of the ways that a request for the lane can take. */
import { sendKept, sendRaw } from './raw-http.ts'
import type { Answer, Latchwork } from './start-latchwork.ts'

export interface LaneCall {
  readonly path: string
  /** The media type that the lane takes. */
  readonly type: string
  /** Whole lines. */
  readonly fields: readonly string[]
  readonly body: string
}

/** As the lane reads it itself, as Node reads it for the lane, and written so that only the route takes it. */
export async function everyWay(latchwork: Latchwork, { path, type, fields, body }: LaneCall): Promise<readonly [Answer, Answer, Answer]> {
  const written = (contentType: string, connection: readonly string[]): string =>
    [
      `POST ${path} HTTP/1.1`,
      `Host: ${new URL(latchwork.issuer).host}`,
      ...connection,
      `Content-Type: ${contentType}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      ...fields,
      '',
      body,
    ].join('\r\n')
  const close = ['Connection: close']
  return [
    await sendKept(latchwork, written(type, [])),
    await sendRaw(latchwork, written(type, close)),
    await sendRaw(latchwork, written(`${type}; charset=utf-8`, close)),
  ]
}
