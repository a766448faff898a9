import type { IncomingMessage } from 'node:http'

/** A request as far as it says where it comes from and who sends it: Fastify's own, or Node's with a reference and its route beside it. */
export interface ArrivedRequest {
  readonly id: string
  readonly method: string
  readonly headers: IncomingMessage['headers']
  readonly raw: IncomingMessage
  readonly routeOptions: { readonly url?: string | undefined }
}
