/** A request for the lane and its answer, whichever way it was read. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { RawRequest } from '../arrived-request.ts'
import { type PreparedHead, writePrepared } from '../prepared-answer.ts'

export interface Exchange {
  readonly raw: RawRequest
  /** Gives the body to `take` where it comes in one piece. What `take` does not take is put back, as if nobody had looked, and handed on; `fail` hears what it throws. */
  readonly readBody: (take: (piece: Buffer) => boolean, fail: (error: unknown) => void) => void
  /** @param body made of `bytesAsText`. */
  readonly send: (head: PreparedHead, body: string) => void
  /** To the route of the same address. Nothing was done and nothing sent. */
  readonly handOn: () => void
}

/** Of a request that Node's HTTP has read. */
export function nodeExchange(request: IncomingMessage, response: ServerResponse, handler: RequestListener): Exchange {
  const handOn = (): void => handler(request, response)
  return {
    raw: request,
    send: (head, body) => writePrepared(response, head, body),
    handOn,
    readBody: (take, fail) =>
      request.once('data', (piece: Buffer) => {
        try {
          const isWhole = String(piece.length) === request.headers['content-length']
          if (isWhole && take(piece)) return
        } catch (error) {
          return fail(error)
        }
        request.pause()
        request.unshift(piece)
        handOn()
      }),
  }
}
