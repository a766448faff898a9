import type { IncomingMessage } from 'node:http'
import type { Principal } from '@latchwork/kernel'

/** A request as Node gives it, as far as it is looked at before its body. */
export type RawRequest = Pick<IncomingMessage, 'method' | 'url' | 'headers' | 'rawHeaders' | 'socket'>

/** A request as far as it says where it comes from and who sends it: Fastify's own, or a raw one with a reference and its route beside it. */
export interface ArrivedRequest {
  readonly id: string
  readonly method: string
  readonly headers: IncomingMessage['headers']
  readonly raw: RawRequest
  /** Who was proven to call, if anybody was. */
  readonly caller?: Principal | null
  readonly routeOptions: { readonly url?: string | undefined }
}
